"""What a run has read, and when: prompts and lists as MLflow's datasets, the span of the work."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.track import main
from tests.harness.conftest import Workplace
from tests.harness.tracking.server import held

Run = Callable[..., int]
Runs = dict[str, dict[str, Any]]
SWEEP = ("strategy=plain,antislop", "experiment_name=mine")


def folder() -> str:
    (sweep,) = Path("reports/mine").glob("*/sweep.json")
    return str(sweep.parent)


@pytest.fixture
def logged(harness: Run, uri: str, workplace: Workplace) -> Runs:
    assert harness(*SWEEP) == 0
    assert main([folder(), "--uri", uri]) == 0
    return held(uri, "mine")


def test_prompts_and_lists_are_inputs_of_each_job_and_of_the_sweep(logged: Runs) -> None:
    for run in logged.values():
        assert [(name, context) for name, _, context in run["inputs"]] == [
            ("banned", "phrases"),
            ("heldout", "held-out"),
            ("prompts.jsonl", "prompts"),
        ]


def test_their_digests_are_those_of_the_provenance(logged: Runs) -> None:
    for run in logged.values():
        if "job_id" in run["tags"]:
            made = json.loads(Path("runs/mine", run["tags"]["job_id"], "provenance.json").read_text())
            digests = {made["prompts"], made["phrases"]["digest"], made["heldout"]["digest"]}
            assert {digest for _, digest, _ in run["inputs"]} == {digest[:16] for digest in digests}


def test_the_store_holds_no_entry_of_a_list(logged: Runs, uri: str) -> None:
    """A list may be somebody's: MLflow is told its name, its digest and how long it is."""
    with sqlite3.connect(uri.removeprefix("sqlite:///")) as database:
        rows = database.execute("select name, dataset_source, dataset_profile from datasets").fetchall()
    told = {name: (json.loads(source), profile) for name, source, profile in rows}
    assert told["banned"] == ({"phrases": str(Path("banned.txt").resolve())}, '{"num_rows": 3}')
    assert told["heldout"] == ({"heldout": str(Path("heldout.txt").resolve())}, '{"num_rows": 2}')
    assert Path(told["prompts.jsonl"][0]["path"]).name == "prompts.jsonl"
    assert "a dog" not in repr(rows)


def test_a_second_log_adds_no_input(logged: Runs, uri: str) -> None:
    assert main([folder(), "--uri", uri]) == 0
    assert held(uri, "mine") == logged


def test_another_list_of_the_same_name_is_another_input(logged: Runs, harness: Run, uri: str) -> None:
    Path("banned.txt").write_text("the\nsun\n")
    assert harness(*SWEEP, "tracking=mlflow", f"tracking.uri={uri}") == 0
    digests = {digest for run in held(uri, "mine").values() for name, digest, _ in run["inputs"] if name == "banned"}
    assert len(digests) == 2


def test_a_run_is_as_long_as_its_texts_took(harness: Run, uri: str) -> None:
    """Logged a week later, all jobs would have been made within the same second."""
    assert harness(*SWEEP) == 0
    ended = 1_700_000_000
    for number, timing in enumerate(sorted(Path("runs/mine").glob("*/timing.json"))):
        timing.write_text(json.dumps({"segments": [{"seconds": 40.0 + number}, {"seconds": 2.5}]}))
        os.utime(timing, (ended, ended))
    os.utime(f"{folder()}/sweep.json", (ended + 9, ended + 9))
    assert main([folder(), "--uri", uri]) == 0
    stored = held(uri, "mine").values()
    jobs = [run["info"] for run in stored if "job_id" in run["tags"]]
    assert sorted(info["end_time"] - info["start_time"] for info in jobs) == [42_500, 43_500]
    assert {info["end_time"] for info in jobs} == {ended * 1000}
    (sweep,) = [run["info"] for run in stored if "sweep_id" in run["tags"]]
    assert sweep["start_time"] == min(info["start_time"] for info in jobs)
    assert sweep["end_time"] == (ended + 9) * 1000
