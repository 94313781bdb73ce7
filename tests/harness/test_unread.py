"""Commands whose output nobody reads to its end, as in `… | head`, end as they would have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import without

SETTINGS = (
    *("model=inkling_500k", "strategy=plain,antislop", "dataset.limit=2", "decoding.max_new_tokens=5"),
    "tracking=none",
)


def with_closed_pipes(arguments: list[str], folder: Path) -> int:
    """The exit code of a command whose standard output and error have lost their reader before it says a word."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return subprocess.run([sys.executable, "-m", *arguments], cwd=folder, stdout=writing, stderr=writing).returncode
    finally:
        os.close(writing)


@pytest.mark.parametrize(
    "arguments",
    [
        ["harness", "list", "metrics"],
        ["harness", *SETTINGS, "dry_run=true"],
        ["harness.watch", "The ferry was late again.", "model=inkling_500k", "decoding.max_new_tokens=5"],
    ],
)
def test_what_only_speaks_ends_well(arguments: list[str], tmp_path: Path) -> None:
    """Guards: BrokenPipeError as a traceback."""
    assert with_closed_pipes(arguments, tmp_path) == 0


def test_a_sweep_loses_no_job_to_a_reader_that_has_gone(tmp_path: Path) -> None:
    """Guards: jobs that are called failed because a line of progress could not be printed."""
    assert with_closed_pipes(["harness", *SETTINGS], tmp_path) == 0
    states = [json.loads(file.read_text())["state"] for file in tmp_path.glob("runs/*/*/status.json")]
    assert states == ["done", "done"]
    assert list(tmp_path.glob("reports/*/*/report.html"))


def test_what_is_read_is_whole(tmp_path: Path) -> None:
    """Guards: a wrapper that keeps what it should have passed on, or mangles what is not ASCII."""
    heard = subprocess.run(
        [sys.executable, "-m", "harness", "list", "metrics"], capture_output=True, check=True, env=without("COLUMNS")
    )
    lines = heard.stdout.decode("utf-8").splitlines()
    assert lines[0].startswith("slop.hits_per_1k_words")
    assert "1000 · Σ hits on the banned list / Σ words" in lines[0]
    assert lines[-1].endswith(")")
