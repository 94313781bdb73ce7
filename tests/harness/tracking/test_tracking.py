"""A sweep logged into a real database and read back with MLflow's own client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.telemetry.utils import MLFLOW_DISABLE_TELEMETRY

from harness.config.compose import CONF
from harness.config.settings import Settings
from harness.tracking import Tracking, open_tracking
from harness.tracking.content import LONGEST_TAG
from harness.tracking.mlflow_runs import LOCK
from harness.tracking.note import LONGEST, sweep_note
from harness.tracking.store import open_store
from tests.harness.tracking.conftest import Sweep

HITS = "slop.hits_per_1k_words"

Settle = Callable[..., Settings]


@pytest.fixture
def tracking(uri: str, settings: Settle) -> Callable[[], Tracking]:
    """Opens the tracker anew, as the next invocation of the command does."""
    return lambda: open_tracking(settings("tracking=mlflow", f"tracking.uri={uri}"))


@pytest.fixture
def read(uri: str) -> Callable[[], tuple[Run, dict[str, Run]]]:
    """The parent run, and the children by job id."""

    def runs() -> tuple[Run, dict[str, Run]]:
        client = MlflowClient(uri)
        experiment = client.get_experiment_by_name("x_y")
        found = client.search_runs([experiment.experiment_id])
        (parent,) = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
        children = [run for run in found if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
        assert len(children) == len(found) - 1
        assert len({run.data.tags["job_id"] for run in children}) == len(children)
        return parent, {run.data.tags["job_id"]: run for run in children}

    return runs


Read = Callable[[], tuple[Run, dict[str, Run]]]


def artifacts(uri: str, run: Run, into: Path) -> dict[str, bytes]:
    client = MlflowClient(uri)
    names = [artifact.path for artifact in client.list_artifacts(run.info.run_id)]
    into.mkdir()
    paths = {name: client.download_artifacts(run.info.run_id, name, str(into)) for name in names}
    return {name: Path(path).read_bytes() for name, path in paths.items()}


def history(uri: str, run: Run, metric: str) -> list[float]:
    return [entry.value for entry in MlflowClient(uri).get_metric_history(run.info.run_id, metric)]


def test_a_sweep_becomes_a_parent_and_a_child_per_job(
    sweep: Sweep, tracking: Callable[[], Tracking], read: Read
) -> None:
    sweep.log(tracking())
    parent, children = read()
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["sweep_id"] == "s1"
    assert parent.data.params["strategies"] == "plain, antislop"
    child = children["job1"]
    assert child.info.status == "FINISHED"
    assert child.data.metrics == {
        **{HITS: 20.0, "diversity.mattr_50": 0.8},
        **{f"interval/{HITS}.low": 19.0, f"interval/{HITS}.high": 21.0},
    }
    assert child.data.params["decoding.temperature"] == "0.7"
    assert {"runs_dir", "tracking.kind"}.isdisjoint(child.data.params)
    tags = {key: child.data.tags[key] for key in ("strategy", "model", "temperature", "seed")}
    assert tags == {"strategy": "antislop", "model": "tiny", "temperature": "0.7", "seed": "3"}


def test_files_lie_with_the_run_they_belong_to(
    sweep: Sweep, tracking: Callable[[], Tracking], read: Read, uri: str, tmp_path: Path
) -> None:
    sweep.log(tracking())
    parent, children = read()
    of_parent = artifacts(uri, parent, tmp_path / "parent")
    assert set(of_parent) == {path.name for path in sweep.folder.iterdir()} - {LOCK}
    assert of_parent["report.html"] == b"content of report.html"
    folder = sweep.job_folder(sweep.content["jobs"][1])
    of_child = artifacts(uri, children["job1"], tmp_path / "child")
    files = {name: (folder / name).read_bytes() for name in ("config.yaml", "samples.jsonl", "scores.json")}
    assert {name: content for name, content in of_child.items() if not name.endswith("_card.md")} == files
    assert set(of_child) - set(files) == {"model_card.md", "strategy_card.md"}


def test_the_same_sweep_again_logs_nothing_twice(
    sweep: Sweep, tracking: Callable[[], Tracking], read: Read, uri: str
) -> None:
    sweep.log(tracking())
    before = {job: (run.info.run_id, run.data.to_dictionary()) for job, run in read()[1].items()}
    sweep.log(tracking())
    parent, children = read()
    assert {job: (run.info.run_id, run.data.to_dictionary()) for job, run in children.items()} == before
    assert history(uri, children["job1"], HITS) == [20.0]
    assert parent.info.status == "FINISHED"


def test_only_what_changed_is_logged_again(
    sweep: Sweep, tracking: Callable[[], Tracking], read: Read, uri: str, tmp_path: Path
) -> None:
    sweep.log(tracking())
    sweep.write_scores(1, hits=7.0)
    sweep.log(tracking())
    child = read()[1]["job1"]
    assert history(uri, child, HITS) == [20.0, 7.0]
    assert history(uri, child, "diversity.mattr_50") == [0.8]
    scores = json.loads(artifacts(uri, child, tmp_path / "child")["scores.json"])
    assert scores["slop"]["hits_per_1k_words"]["value"] == 7.0


def test_a_changed_setting_is_no_error(
    sweep: Sweep, tracking: Callable[[], Tracking], read: Read, capsys: pytest.CaptureFixture[str]
) -> None:
    """MLflow refuses to change a param, and the batch size may change from run to run of one job."""
    for batch_size in (16, 4, 16):
        sweep.write_config(1, batch_size=batch_size)
        sweep.log(tracking())
        child = read()[1]["job1"]
        assert child.data.tags.get("batch_size", child.data.params["batch_size"]) == str(batch_size)
    assert capsys.readouterr().err == ""


def test_an_interrupted_sweep_is_continued_in_its_own_run(
    sweep: Sweep, tracking: Callable[[], Tracking], read: Read
) -> None:
    interrupted = tracking()
    interrupted.start_sweep(sweep.content, sweep.folder)
    interrupted.finish_sweep(sweep.content, sweep.folder, "interrupted")
    parent, children = read()
    assert (parent.info.status, children) == ("KILLED", {})
    sweep.log(tracking())
    assert read()[0].info.run_id == parent.info.run_id
    assert read()[0].info.status == "FINISHED"


def test_more_than_one_batch_can_hold_is_logged_in_several(
    sweep: Sweep, tracking: Callable[[], Tracking], read: Read
) -> None:
    """One call takes 100 params; a strategy's options are the user's own."""
    options = {f"option{number}": number for number in range(230)}
    sweep.write_config(1, strategy={"name": "antislop", **options}, stop=["x" * 9000])
    sweep.log(tracking())
    params = read()[1]["job1"].data.params
    assert {params[f"strategy.{name}"] for name in options} == set(map(str, range(230)))
    assert params["stop"].startswith('["xxx')


def test_options_that_are_no_names_to_mlflow_are_one_param(
    sweep: Sweep, tracking: Callable[[], Tracking], read: Read, capsys: pytest.CaptureFixture[str]
) -> None:
    """MLflow refuses "$ref", and the whole job with it."""
    schema = {"type": "object", "properties": {"a": {"$ref": "#/d/a", "max": 3}}}
    sweep.write_config(1, strategy={"name": "json_schema", "schema": schema}, stop=["\x00", "\ud800"])
    sweep.log(tracking())
    assert capsys.readouterr().err == ""
    params = read()[1]["job1"].data.params
    assert params["strategy.schema.type"] == "object"
    assert json.loads(params["strategy.schema.properties.a"]) == {"$ref": "#/d/a", "max": 3}


def test_jobs_without_result_are_named(sweep: Sweep, tracking: Callable[[], Tracking], read: Read) -> None:
    failed = {**sweep.content["jobs"][1], "state": "failed"}
    replace(sweep, content={**sweep.content, "jobs": [sweep.content["jobs"][0], failed]}).log(tracking())
    parent, children = read()
    assert list(children) == ["job0"]
    assert parent.data.tags["unfinished_jobs"] == "job1"
    assert parent.info.status == "FAILED"


def test_names_in_notes_are_text(sweep: Sweep, tracking: Callable[[], Tracking], read: Read) -> None:
    sweep.log(tracking())
    note = read()[1]["job1"].data.tags["mlflow.note.content"]
    assert r"antislop a\|b \<script\>" in note
    assert "| slop.hits_per_1k_words | 20 | 19 to 21 | hits/1k words |" in note


def test_a_table_too_long_for_a_note_is_left_out_whole(sweep: Sweep) -> None:
    assert sweep_note(sweep.content, "| table |").endswith("| table |")
    assert "table" not in sweep_note(sweep.content, "| table |" * LONGEST)
    assert LONGEST <= LONGEST_TAG


def test_the_default_database_lies_in_the_current_folder(
    sweep: Sweep, settings: Settle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path would start a second database, or lose the artifacts, after the next `cd`."""
    monkeypatch.chdir(tmp_path)
    sweep.log(open_tracking(settings("tracking=mlflow")))
    monkeypatch.chdir(tmp_path.parent)
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("x_y")
    assert experiment.artifact_location == (tmp_path / "mlartifacts" / "x_y").as_uri()
    (child,) = client.search_runs([experiment.experiment_id], "tags.job_id = 'job1'")
    assert (tmp_path / "mlartifacts/x_y" / child.info.run_id / "artifacts/samples.jsonl").is_file()


def test_none_touches_nothing(sweep: Sweep, settings: Settle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    sweep.log(open_tracking(settings("tracking=none")))
    assert list(empty.iterdir()) == []


def _broken_database(tmp_path: Path) -> str:
    (tmp_path / "broken.db").write_bytes(b"no database " * 1000)
    return f"sqlite:///{tmp_path / 'broken.db'}"


TROUBLES: dict[str, Callable[[Path], str]] = {
    "no such scheme": lambda tmp_path: "carrier-pigeon://coop",
    "a folder of files": lambda tmp_path: str(tmp_path / "mlruns"),
    "broken database": _broken_database,
    "nobody answers": lambda tmp_path: "http://127.0.0.1:9",
    "no such folder": lambda tmp_path: "sqlite:////proc/none/mlflow.db",
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_whatever_ails_mlflow_is_one_line(
    trouble: Callable[[Path], str],
    sweep: Sweep,
    settings: Settle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The samples are on disk by then: a tracker's failure must not end the sweep that made them."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    tracking = replace(settings().tracking, kind="mlflow", uri=trouble(tmp_path))
    sweep.log(open_tracking(replace(settings(), tracking=tracking)))
    said = capsys.readouterr().err
    assert said.startswith("warning: tracking failed (")
    assert said.count("\n") == 1


def test_telemetry_is_off_unless_the_user_turned_it_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY")
    open_store(None, tmp_path)
    assert MLFLOW_DISABLE_TELEMETRY.get() is True
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    open_store(None, tmp_path)
    assert MLFLOW_DISABLE_TELEMETRY.get() is False


def test_telemetry_is_off_before_mlflow_is_imported() -> None:
    """MLflow reads the switch while it is being imported."""
    watch = (
        "import os, sys; from pathlib import Path; from harness.tracking.store import open_store;"
        "assert 'mlflow' not in sys.modules;"
        "import builtins; imported = builtins.__import__\n"
        "def spy(name, *rest):\n"
        "    if name.startswith('mlflow'): print('SWITCH', os.environ.get('MLFLOW_DISABLE_TELEMETRY')); sys.exit()\n"
        "    return imported(name, *rest)\n"
        "builtins.__import__ = spy; open_store(None, Path('.'))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "MLFLOW_DISABLE_TELEMETRY"}
    environment["PYTHONPATH"] = str(CONF.parent)
    said = subprocess.run([sys.executable, "-c", watch], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout == "SWITCH true\n"


@pytest.mark.slow
def test_many_processes_may_make_the_database_at_once(tmp_path: Path) -> None:
    """MLflow alone corrupts it: "duplicate column name: step"."""
    command = [
        sys.executable,
        "-c",
        f"from pathlib import Path; from harness.tracking.store import open_store; folder = Path({str(tmp_path)!r});"
        "open_store(None, folder).client.search_experiments()",
    ]
    environment = os.environ | {"PYTHONPATH": str(CONF.parent)}
    processes: list[subprocess.Popen[Any]] = [subprocess.Popen(command, env=environment) for _ in range(6)]
    assert [process.wait() for process in processes] == [0] * 6
