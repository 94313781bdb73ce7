"""`python -m harness.lm_eval` as people type it, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.lm_eval.job import job_of
from tests.lm_eval.conftest import ROOT


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness.lm_eval", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_the_command_writes_lm_evals_results_with_strategy_and_cost(tasks: Path, tmp_path: Path) -> None:
    done = run(
        "run", "--model", "backtrack", "--tasks", "go_on", "--include_path", str(tasks), "--output_path", "out",
        "--model_args", "model=inkling_500k", "strategy=antislop/soft", "phrases=inkling_banned",
        "--batch_size", "2", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "go_on" in done.stdout
    (results,) = (tmp_path / "out").rglob("results_*.json")
    told = json.loads(results.read_text())["config"]["backtrack"]
    assert told["settings"]["batch_size"] == 2
    assert told["strategy"] == "antislop ban=soft strength=0.1"
    assert told["cost"]["kept"] > 0


@pytest.mark.slow
def test_a_strategy_in_a_file_of_ones_own_answers(tasks: Path, tmp_path: Path) -> None:
    """Guards: results that do not say which version of the file wrote them."""
    page = (ROOT / "docs/how-to/ship-a-strategy.md").read_text()
    code = page.partition('title="no_commas.py"\n')[2].partition("```")[0]
    (tmp_path / "no_commas.py").write_text(code)
    done = run(
        "run", "--model", "backtrack", "--tasks", "go_on", "--include_path", str(tasks), "--output_path", "out",
        "--model_args", "model=inkling_500k", "imports=no_commas.py", "strategy=no_commas", "strategy.marks=e",
        folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    (results,) = (tmp_path / "out").rglob("results_*.json")
    told = json.loads(results.read_text())["config"]["backtrack"]
    assert told["strategy"] == "no_commas marks=e"
    assert told["cost"]["rewinds"]["mark"] > 0
    assert told["strategies"]["no_commas"]["code"] == code


@pytest.mark.slow
def test_wrong_settings_are_one_line(tasks: Path, tmp_path: Path) -> None:
    done = run(
        "run", "--model", "backtrack", "--tasks", "go_on", "--include_path", str(tasks),
        "--model_args", "model=inkling_500k", "strategy=antislop", "strategy.bann=hard", folder=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "bann" in done.stderr.splitlines()[-1]


def test_settings_are_spelled_as_on_our_command_line() -> None:
    job = job_of(
        {"model": "inkling_500k", "strategy": "antislop", "strategy.ignore_case": False, "max_draws": None, "seed": 7},
        {"batch_size": "auto:4", "max_batch_size": None, "device": "cpu"},
    )
    assert job.settings.strategy.options["ignore_case"] is False
    assert (job.settings.seed, job.settings.model.device) == (7, "cpu")


def test_two_jobs_are_refused() -> None:
    with pytest.raises(InputError, match="names 2 jobs"):
        job_of({"model": "inkling_500k", "strategy": "plain,antislop"}, {})
