"""The whole command: sweep, scores, report, exit codes; and what a kill in its middle leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import harness as results
from harness.config.compose import CONF
from harness.planning.plan import Job, Plan
from harness.progress.board import Board
from harness.progress.lines import Lines
from harness.report import build_report
from harness.running.runner import run_job
from harness.scoring import score_job
from harness.store.records import read_samples
from tests.harness.conftest import Workplace
from tests.signals import hear_ctrl_c

ARMS = ("strategy=plain,antislop", "decoding.temperature=0.7,1.0")


def _sweep_folder(workplace: Workplace) -> Path:
    (path,) = (workplace.folder / "reports").glob("*/*/sweep.json")
    return path.parent


def test_one_command_leaves_samples_scores_and_a_report(
    harness: Callable[..., int], workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harness(*ARMS) == 0
    said = capsys.readouterr()
    folder = _sweep_folder(workplace)
    assert str(folder / "report.html") in said.out
    assert all((folder / f"table.{kind}").stat().st_size for kind in ("md", "tex", "csv"))
    assert len(workplace.job_folders()) == 4
    for job in workplace.job_folders():
        names = ("config.yaml", "status.json", "provenance.json", "timing.json", "samples.jsonl", "scores.json")
        assert all((job / name).stat().st_size for name in names)


def test_sweep_json_names_the_arms_by_what_sets_them_apart(harness: Callable[..., int], workplace: Workplace) -> None:
    assert harness("strategy=antislop", "strategy.ban=hard,soft") == 0
    folder = _sweep_folder(workplace)
    sweep = json.loads((folder / "sweep.json").read_text())
    assert sweep["margins"] == {"fluency.logprob_per_token": 0.05}
    assert sweep["sweep_id"] == folder.name
    assert [(job["label"], job["options"], job["state"]) for job in sweep["jobs"]] == [
        ("antislop", {}, "done"),
        ("antislop ban=soft", {"ban": "soft"}, "done"),
    ]
    assert sweep["phrases"]["entries"] == ["the", "cat", "a dog"]
    assert all((folder / job["folder"] / "samples.jsonl").is_file() for job in sweep["jobs"])


def test_the_same_command_again_generates_nothing(
    harness: Callable[..., int], workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harness(*ARMS) == 0
    before = {job: (job / "samples.jsonl").stat().st_mtime_ns for job in workplace.job_folders()}
    table = (_sweep_folder(workplace) / "table.csv").read_bytes()
    shutil.rmtree(workplace.folder / "reports")
    capsys.readouterr()
    assert harness(*ARMS) == 0
    assert capsys.readouterr().err.count("nothing left to write") == 4
    assert {job: (job / "samples.jsonl").stat().st_mtime_ns for job in workplace.job_folders()} == before
    assert (_sweep_folder(workplace) / "table.csv").read_bytes() == table


def test_a_dry_run_says_what_is_left_and_writes_nothing(
    harness: Callable[..., int], workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(workplace.folder.rglob("*"))
    assert harness(*ARMS, "repeats=3", "dry_run=true") == 0
    assert "4 jobs, 60 texts left, at most 720 tokens" in capsys.readouterr().out
    assert sorted(workplace.folder.rglob("*")) == before


def test_a_job_that_fails_stops_no_other_and_is_told(
    harness: Callable[..., int], workplace: Workplace, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(tiny_model, workplace.folder / "spoilt")
    config = workplace.folder / "spoilt" / "config.json"
    config.write_text(config.read_text().replace('"num_hidden_layers": 2', '"num_hidden_layers": 3'))
    assert harness(f"model.name=./spoilt,{tiny_model}", "strategy=plain") == 1
    sweep = json.loads((_sweep_folder(workplace) / "sweep.json").read_text())
    states = {job["model"]: (job["state"], job["error"]) for job in sweep["jobs"]}
    assert states["tiny"] == ("done", None)
    assert states["spoilt"][0] == "failed"
    assert states["spoilt"][1].startswith("ValueError: model: ")
    assert "lacks 9 weights that its configuration asks for, first model.layers.2." in states["spoilt"][1]
    assert "spoilt plain" in capsys.readouterr().err


def test_results_load_as_tables(harness: Callable[..., int], workplace: Workplace) -> None:
    assert harness(*ARMS, "repeats=2", "decoding.max_new_tokens=50") == 0
    sweep = results.load(_sweep_folder(workplace))
    assert len(sweep.samples) == 4 * 10
    assert set(sweep.samples["strategy"]) == {"plain", "antislop"}
    assert (sweep.samples["cost.kept"] == sweep.samples["tokens"].map(len)).all()
    slop = sweep.scores[sweep.scores["metric"] == "hits_per_1k_words"].set_index(["strategy", "decoding.temperature"])
    assert slop.loc[("antislop", 1.0), "value"] == 0 < slop.loc[("plain", 1.0), "value"]
    (folder,) = {workplace.runs / "single" / job for job in sweep.samples["job_id"][:1]}
    assert len(results.load(folder).samples) == 10
    with pytest.raises(FileNotFoundError, match="no sweep"):
        results.load(workplace.folder)


@pytest.mark.parametrize("phrases", ["phrases=banned.txt", "phrases=null"])
def test_regexes_are_banned_counted_and_reported(
    phrases: str, harness: Callable[..., int], workplace: Workplace
) -> None:
    workplace.file("patterns.txt", r'"(?i)\b[cdm](?:at|og)s?\b",')
    assert harness("strategy=plain,antislop", "regexes=patterns.txt", phrases) == 0
    folder = _sweep_folder(workplace)
    sweep = json.loads((folder / "sweep.json").read_text())
    assert sweep["regexes"]["entries"] == [r"(?i)\b[cdm](?:at|og)s?\b"]
    plain, antislop = (_score(folder / job["folder"], "regex_hits_per_1k_words") for job in sweep["jobs"])
    assert plain > 0 == antislop
    before = (folder / "table.md").read_bytes()
    assert b"slop/1k words, regexes" in before
    build_report(folder)
    assert (folder / "table.md").read_bytes() == before
    for job in workplace.job_folders():
        told = (job / "scores.json").read_bytes()
        score_job(job)
        assert (job / "scores.json").read_bytes() == told


def _score(job: Path, metric: str) -> float:
    return float(json.loads((job / "scores.json").read_text())["slop"][metric]["value"])


# -- real processes ----------------------------------------------------------------------------------------------------

LONG = ("strategy=antislop", "repeats=16", "batch_size=1")


def _start(workplace: Workplace, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "harness", *workplace.command(*arguments)]
    environment = os.environ | {"PYTHONPATH": str(CONF.parent)}
    return subprocess.Popen(
        command, cwd=workplace.folder, env=environment, stderr=subprocess.PIPE, text=True, preexec_fn=hear_ctrl_c
    )


def _signal_in_the_middle(workplace: Workplace, number: signal.Signals) -> int:
    """Start the long sweep, send the signal once a few samples are on disk; returns the exit code."""
    process = _start(workplace, *LONG)
    while process.poll() is None and not any(_lines(job) >= 5 for job in workplace.job_folders()):
        time.sleep(0.002)
    assert process.poll() is None, "the sweep ended before it could be killed"
    process.send_signal(number)
    process.communicate(timeout=60)
    return process.returncode


def _lines(job: Path) -> int:
    return (job / "samples.jsonl").read_bytes().count(b"\n")


@pytest.mark.parametrize(
    ("number", "code", "state"), [(signal.SIGKILL, -9, "running"), (signal.SIGINT, 130, "interrupted")]
)
def test_a_killed_sweep_continues_to_the_bytes_of_an_uninterrupted_one(
    number: signal.Signals,
    code: int,
    state: str,
    harness: Callable[..., int],
    job: Callable[..., Job],
    workplace: Workplace,
) -> None:
    assert _signal_in_the_middle(workplace, number) == code
    cut, whole = job(*LONG), job(*LONG, "runs_dir=whole")
    assert cut.folder.read_status().state == state
    assert 5 <= len(read_samples(cut.folder.samples)) < len(cut.cells)
    assert harness(*LONG) == 0
    run_job(whole, Lines(Board(Plan((whole,), {}))))
    assert cut.folder.samples.read_bytes() == whole.folder.samples.read_bytes()
    assert len(json.loads(cut.folder.provenance.read_text())["earlier"]) == 1


@pytest.mark.parametrize("flags", [["--help"], ["--cfg", "job"], ["--info", "defaults"]])
def test_questions_are_answered_without_loading_torch_or_mlflow(flags: list[str], workplace: Workplace) -> None:
    """Issue 2, point 2: they must answer in about a second; these imports alone take several."""
    watch = (
        "import runpy, sys, atexit;"
        "heavy = {'torch', 'mlflow', 'transformers', 'pandas'};"
        "atexit.register(lambda: print('HEAVY', sorted(heavy & set(sys.modules))));"
        "sys.argv[0] = 'harness'; runpy.run_module('harness', run_name='__main__')"
    )
    environment = os.environ | {"PYTHONPATH": str(CONF.parent)}
    command = [sys.executable, "-c", watch, *flags]
    said = subprocess.run(command, cwd=workplace.folder, env=environment, capture_output=True, text=True, check=True)
    assert "HEAVY []" in said.stdout
    assert "antislop" in said.stdout


def test_only_the_selected_groups_are_scored_and_reported(harness: Callable[..., int], workplace: Workplace) -> None:
    """A selection that the report forgets would show other metrics than scores.json has."""
    assert harness("strategy=plain,token_ban", "scorers=[slop,diversity_more]") == 0
    for folder in workplace.job_folders():
        assert list(json.loads((folder / "scores.json").read_text())) == ["slop", "diversity_more"]
    table = (_sweep_folder(workplace) / "table.csv").read_text()
    assert "diversity_more.vendi" in table
    assert "cost.forwards_per_kept" not in table
