"""python -m harness.track: a sweep from its folders into a real database, as often as one likes."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.config.compose import CONF
from harness.track import main
from tests.harness.conftest import Workplace
from tests.harness.profile.writing import HUMAN
from tests.harness.tracking.server import held, written

Run = Callable[..., int]

TEXTS = ("strategy=plain,antislop", "experiment_name=mine")
LAWS = ("+experiment=bias_oracle", "oracle.model=single_site", "oracle.arms=[{name:plain},{name:antislop}]")
PROFILE = (
    "task=profile_and_ban",
    "experiment_name=mine",
    "strategy=plain,antislop",
    "repeats=8",
    "decoding.max_new_tokens=20",
    "profile.baseline=people.jsonl",
    "profile.min_prompts=2",
    "profile.min_z=0.1",
)


def sweeps(experiment: str = "mine") -> list[str]:
    return sorted(str(path.parent) for path in Path("reports", experiment).glob("*/sweep.json"))


def children(uri: str, experiment: str = "mine") -> list[dict[str, Any]]:
    return [run for run in held(uri, experiment).values() if "job_id" in run["tags"]]


def parent(uri: str, experiment: str = "mine") -> dict[str, Any]:
    (found,) = [run for run in held(uri, experiment).values() if "job_id" not in run["tags"]]
    return found


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    said = capsys.readouterr()
    assert (said.err.count("\n"), said.out) == (1, "")
    return said.err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "experiment", "runs"),
    [(TEXTS, "mine", 3), (LAWS, "bias_oracle", 3), (PROFILE, "mine", 5)],
    ids=["texts", "laws", "profile_and_ban"],
)
def test_what_a_sweep_did_not_log_is_logged_from_its_folders_once(
    command: tuple[str, ...],
    experiment: str,
    runs: int,
    harness: Run,
    uri: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("people.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in HUMAN))
    assert harness(*command) == 0
    capsys.readouterr()
    assert main([*sweeps(experiment), "--uri", uri]) == 0
    said = capsys.readouterr()
    assert (said.out.count(" of "), said.err) == (len(sweeps(experiment)), "")
    stored, files = held(uri, experiment), written(tmp_path / "store/mlartifacts")
    assert len(stored) == runs
    assert {run["info"]["status"] for run in stored.values()} == {"FINISHED"}
    assert all(run["metrics"] and run["params"] and run["artifacts"] for run in children(uri, experiment))
    assert main([*sweeps(experiment), "--uri", uri]) == 0
    assert held(uri, experiment) == stored
    assert written(tmp_path / "store/mlartifacts") == files


@pytest.mark.slow
def test_a_profile_and_what_came_instead_lie_with_their_sweeps(harness: Run, uri: str) -> None:
    """They are written after the tables, and are what the experiment is about."""
    Path("people.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in HUMAN))
    assert harness(*PROFILE, "tracking=mlflow", f"tracking.uri={uri}") == 0
    stored = held(uri, "mine")
    names = {name for run in stored.values() for name, _ in run["artifacts"]}
    assert names >= {"profile/table.md", "profile/banned.txt", "reprofile.md", "reprofile.csv"}
    assert main([*sweeps(), "--uri", uri]) == 0
    assert held(uri, "mine") == stored


def test_it_holds_what_the_sweep_itself_would_have_logged(harness: Run, uri: str, tmp_path: Path) -> None:
    second = f"sqlite:///{tmp_path / 'second.db'}"
    shutil.copy(uri.removeprefix("sqlite:///"), tmp_path / "second.db")
    assert harness(*TEXTS, "tracking=mlflow", f"tracking.uri={uri}") == 0
    assert main([*sweeps(), "--uri", second]) == 0

    def told(uri: str) -> list[str]:
        ids = held(uri, "mine")
        runs = ids.values()
        values = [(run["params"], {name: points[0][0] for name, points in run["metrics"].items()}) for run in runs]
        tags = [{name: tag for name, tag in run["tags"].items() if name != "mlflow.parentRunId"} for run in runs]
        told = map(repr, zip(values, tags, [run["artifacts"] for run in runs], strict=True))
        # A sweep's page links to its own report.
        return sorted(re.sub("|".join(ids), "RUN", line) for line in told)

    assert told(second) == told(uri)


def test_a_run_says_all_that_its_provenance_says(harness: Run, uri: str) -> None:
    assert harness(*TEXTS) == 0
    assert main([*sweeps(), "--uri", uri]) == 0
    for run in children(uri):
        made = json.loads(Path("runs/mine", run["tags"]["job_id"], "provenance.json").read_text())
        told = {name: tag for name, tag in run["tags"].items() if name.startswith("provenance.")}
        groups = ("command", "git", "job_id", "earlier")
        assert {name.split(".")[1] for name in told} == {
            name for name, value in made.items() if name not in groups and value is not None
        }
        assert told["provenance.model.weights"] == made["model"]["weights"]
        assert told["provenance.packages.torch"] == made["packages"]["torch"]
        assert run["tags"]["mlflow.source.git.commit"] == made["git"]["commit"]
        assert run["tags"]["mlflow.source.name"] == " ".join(made["command"])
    assert parent(uri)["tags"]["mlflow.source.git.commit"] == made["git"]["commit"]
    assert parent(uri)["tags"]["git.dirty"] in ("true", "false")


def test_a_sweep_that_was_killed_is_logged_as_far_as_it_came(harness: Run, uri: str) -> None:
    """Its sweep.json is from before the first job, so the folders are asked; a job without scores is not done."""
    assert harness(*TEXTS) == 0
    file = Path(*sweeps(), "sweep.json")
    sweep = json.loads(file.read_text())
    file.write_text(json.dumps({**sweep, "jobs": [{**job, "state": "waiting"} for job in sweep["jobs"]]}))
    unscored = sweep["jobs"][1]["job_id"]
    scores = Path("runs/mine", unscored, "scores.json")
    kept = scores.read_bytes()
    scores.unlink()
    assert main([*sweeps(), "--uri", uri]) == 0
    assert [run["tags"]["strategy"] for run in children(uri)] == ["plain"]
    assert (parent(uri)["info"]["status"], parent(uri)["tags"]["unfinished_jobs"]) == ("KILLED", unscored)
    scores.write_bytes(kept)
    assert main([*sweeps(), "--uri", uri]) == 0
    assert len(children(uri)) == 2
    assert (parent(uri)["info"]["status"], parent(uri)["tags"]["unfinished_jobs"]) == ("FINISHED", "")


def test_it_goes_where_the_sweep_was_told_to(
    harness: Run, uri: str, workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harness(*TEXTS, f"tracking.uri={uri}") == 0
    capsys.readouterr()
    assert main(sweeps()) == 0
    assert capsys.readouterr().out.endswith(f": 2 of 2 jobs logged, done; {uri}\n")
    assert not (workplace.folder / "mlflow.db").exists()
    assert len(children(uri)) == 2


# -- wrong input and trouble -------------------------------------------------------------------------------------------


def test_what_is_no_sweep_is_one_line_and_nothing_is_made(
    harness: Run, uri: str, workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harness(*TEXTS) == 0
    (sweep,) = sweeps()
    shutil.copytree("reports/mine", "moved/elsewhere/mine")
    Path("broken").mkdir()
    Path("broken/sweep.json").write_text("{")
    capsys.readouterr()
    wrong = {
        ("nowhere",): "SWEEP_FOLDER='nowhere': it has no sweep.json",
        ("runs/mine",): "SWEEP_FOLDER='runs/mine': it has no sweep.json",
        ("broken",): "broken/sweep.json",
        (f"moved/elsewhere/mine/{Path(sweep).name}",): "is gone; restore it",
        (sweep, "--uri", "carrier-pigeon://coop"): "--uri='carrier-pigeon://coop': must start with one of",
        (sweep, "--uri", "postgresql://me:***@db/x"): "its password is not kept",
        (sweep, "nowhere"): "SWEEP_FOLDER='nowhere'",
    }
    for arguments, says in wrong.items():
        assert main(arguments) == 2
        said = one_line(capsys)
        assert said.startswith("error: ")
        assert says in said
    assert not (workplace.folder / "mlflow.db").exists()
    with sqlite3.connect(uri.removeprefix("sqlite:///")) as database:
        assert database.execute("select count(*) from runs").fetchone() == (0,)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "postgresql://me:s3cret@127.0.0.1:9/mlflow"])
def test_a_store_that_is_away_is_one_line(
    address: str, harness: Run, workplace: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert harness(*TEXTS) == 0
    capsys.readouterr()
    assert main([*sweeps(), "--uri", address]) == 1
    said = one_line(capsys)
    assert said.startswith("error: tracking failed (")
    assert "the same command goes on" in said
    assert "s3cret" not in said


def test_no_file_and_no_line_tells_the_password_of_a_database(
    harness: Run, workplace: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given by the environment: a command line is kept by the shell, and Hydra writes it to runs/.hydra."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://me:s3cret@127.0.0.1:9/mlflow")
    assert harness(*TEXTS, "tracking=server") == 0
    said = capsys.readouterr()
    assert said.err.count("warning: tracking failed") == 1
    assert "s3cret" not in said.err + said.out
    files = [path for path in workplace.folder.rglob("*") if path.is_file()]
    assert not [path for path in files if b"s3cret" in path.read_bytes()]
    assert any(b"postgresql://me:***@127.0.0.1:9/mlflow" in path.read_bytes() for path in files)


AT_ONCE = """
import json, sys, time
from pathlib import Path
from harness.tracking.folder import log_finished
from harness.tracking.mlflow_runs import MlflowTracking
from harness.tracking.store import open_store

number, folder, uri = sys.argv[1:]
sweep = json.loads(Path(folder, "sweep.json").read_text())
tracking = MlflowTracking(open_store(uri, Path()), "mine")
Path(f"ready{number}").touch()
while not Path("go").exists():
    time.sleep(0.001)
tracking.start_sweep(sweep, Path(folder))
log_finished(tracking, sweep, Path(folder))
"""


@pytest.mark.slow
def test_many_processes_at_once_make_no_run_twice(harness: Run, uri: str) -> None:
    """All look for a run, none finds it, and each makes one: unless they take turns."""
    assert harness("strategy=plain,antislop,token_ban", "decoding.temperature=0.7,0.8,0.9,1.0", TEXTS[1]) == 0
    environment = os.environ | {"PYTHONPATH": str(CONF.parent)}
    logging = [
        subprocess.Popen([sys.executable, "-c", AT_ONCE, str(number), *sweeps(), uri], cwd=Path(), env=environment)
        for number in range(3)
    ]
    while not all(Path(f"ready{number}").exists() for number in range(3)):
        assert all(process.poll() is None for process in logging)
        time.sleep(0.01)
    Path("go").touch()
    assert [process.wait(timeout=300) for process in logging] == [0] * 3
    assert len(held(uri, "mine")) == 13
    assert all(len(points) == 1 for run in children(uri) for points in run["metrics"].values())
