"""Tracking on a real MLflow: a sqlite store in a temporary folder, and a server on loopback that really stops."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.scoring import score_job
from harness.tracking.base import Guarded
from harness.tracking.mlflow_runs import PARENT, MlflowTracking
from harness.tracking.store import open_store
from tests.harness.report.conftest import Folder, stories, sweep_folder

__all__ = ["sweep_folder"]  # the fixture

CONFIG = {
    "seed": 0,
    "phrases": "mine",
    "batch_size": 16,
    "model": {"name": "tiny"},
    "stop": ["END"],
    "runs_dir": "runs",
}


@pytest.fixture
def sweep(sweep_folder: Folder, tmp_path: Path) -> Path:
    """Two scored jobs and a failed one."""
    lists = tmp_path / "mine.txt"
    lists.write_text("a testament to\nshimmering\n")
    folder = sweep_folder(("plain", stories(3), {}), ("antislop", stories(0, rewinds=2), {}), ("antislop", None, {}))
    for job in _read(folder)["jobs"][:2]:
        path = folder / job["folder"]
        config = {**CONFIG, "phrases": str(lists), "heldout": None, "decoding": {"temperature": 1.0}}
        (path / "config.yaml").write_text(yaml.safe_dump(config))
        score_job(path.resolve(), job)
    (folder / "table.md").write_text("| a | b |\n")
    (folder / "report.html").write_text("<p>report</p>")
    return folder


def _read(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "sweep.json").read_text())
    return content


def log(folder: Path, uri: str | None, where: Path, state: Any = "failed") -> MlflowTracking:
    tracking = MlflowTracking(open_store(uri, where), "x")
    content = _read(folder)
    tracking.start_sweep(content, CONFIG)
    for job in content["jobs"]:
        if job["state"] == "done":
            tracking.log_job(job, (folder / job["folder"]).resolve())
    tracking.finish_sweep(folder, state)
    return tracking


def picture(tracking: MlflowTracking) -> dict[str, Any]:
    """Everything in the store, by run name; wall times aside."""
    client = tracking._client
    runs = client.search_runs([tracking._experiment])
    return {
        run.data.tags["mlflow.runName"]: (
            run.info.status,
            run.data.params,
            run.data.metrics,
            {key: value for key, value in run.data.tags.items() if key != PARENT},
            sorted(file.path for file in client.list_artifacts(run.info.run_id)),
            {key: len(client.get_metric_history(run.info.run_id, key)) for key in run.data.metrics},
        )
        for run in runs
    }


def test_one_parent_and_one_child_per_job_with_the_names_of_scores_json(sweep: Path, tmp_path: Path) -> None:
    tracking = log(sweep, None, tmp_path)
    seen = picture(tracking)
    assert set(seen) == {"x s1", "tiny plain T=1.0", "tiny antislop T=1.0"}
    status, _, metrics, tags, files, _ = seen["tiny antislop T=1.0"]
    scores = json.loads(next(sweep.parents[2].glob("runs/x/job1/scores.json")).read_text())
    want = {f"{s}.{m}": v["value"] for s, ms in scores.items() for m, v in ms.items() if v["value"] is not None}
    assert metrics == pytest.approx(want)
    assert "slop.hits_per_1k_words" in metrics
    assert (status, tags["strategy"], tags["model"]) == ("FINISHED", "antislop", "tiny")
    assert {"samples.jsonl", "scores.json", "config.yaml"} <= set(files)
    parent = seen["x s1"]
    assert parent[0] == "FAILED"
    assert parent[3]["sweep_id"] == "s1"
    assert parent[3]["unfinished_jobs"] == "job2"
    assert "| a | b |" in parent[3]["mlflow.note.content"]
    assert {"report.html", "table.md", "sweep.json"} <= set(parent[4])
    assert "runs_dir" not in parent[1]


def test_logging_again_changes_nothing(sweep: Path, tmp_path: Path) -> None:
    first = picture(log(sweep, None, tmp_path))
    assert picture(log(sweep, None, tmp_path)) == first


def test_a_changed_setting_is_a_tag_since_params_are_immutable(
    sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(sweep, None, tmp_path)
    monkeypatch.setitem(CONFIG, "batch_size", 32)
    parent = picture(log(sweep, None, tmp_path))["x s1"]
    assert (parent[1]["batch_size"], parent[3]["batch_size"]) == ("16", "32")


def test_the_store_and_its_artifacts_do_not_move_with_the_working_folder(
    sweep: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "store" / "mlflow.db"
    first = log(sweep, f"sqlite:///{database}", tmp_path)
    monkeypatch.chdir(tmp_path / "runs")
    assert picture(log(sweep, f"sqlite:///{database}", tmp_path)) == picture(first)
    assert database.is_file()
    assert list((database.parent / "mlartifacts").rglob("report.html"))


def test_several_processes_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    """Guards: first-time creation by parallel workers dies with "duplicate column name"."""
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    code = "from pathlib import Path; from harness.tracking.store import open_store; open_store(None, Path.cwd())"
    workers = [subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=here) for _ in range(3)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0, 0]


def test_a_store_that_cannot_be_opened_is_one_warning_and_no_failure(
    sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.db").write_text("this is no database " * 100)
    tracking = Guarded(lambda: MlflowTracking(open_store(f"sqlite:///{tmp_path / 'broken.db'}", tmp_path), "x"))
    content = _read(sweep)
    tracking.start_sweep(content, CONFIG)
    tracking.log_job(content["jobs"][0], sweep / content["jobs"][0]["folder"])
    tracking.finish_sweep(sweep, "done")
    warning = capsys.readouterr().err
    assert warning.startswith("warning: tracking failed (")
    assert warning.count("\n") == 1


# -- a server ------------------------------------------------------------------------------------------------------


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `mlflow server` on one free port of loopback; every start is the same store."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "mlflow",
            "server",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--workers",
            "1",
        ]
        store = [
            "--backend-store-uri",
            f"sqlite:///{tmp_path}/server.db",
            "--artifacts-destination",
            str(tmp_path / "art"),
        ]
        server = subprocess.Popen([*command, *store], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        started.append(server)
        _await(f"http://127.0.0.1:{port}/health")
        return server

    start.address = f"http://127.0.0.1:{port}"  # type: ignore[attr-defined]
    yield start
    for server in started:
        server.terminate()
        server.wait(timeout=30)


def _await(address: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(address)


@pytest.mark.slow
def test_a_server_that_goes_away_loses_nothing(
    serve: Any, sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve()
    content = _read(sweep)
    tracking = Guarded(lambda: MlflowTracking(open_store(serve.address, tmp_path), "x"))
    tracking.start_sweep(content, CONFIG)
    tracking.log_job(content["jobs"][0], (sweep / content["jobs"][0]["folder"]).resolve())
    server.terminate()
    server.wait(timeout=30)
    tracking.log_job(content["jobs"][1], (sweep / content["jobs"][1]["folder"]).resolve())
    tracking.finish_sweep(sweep, "failed")
    assert capsys.readouterr().err.count("warning: tracking failed") == 1
    serve()
    seen = picture(log(sweep, serve.address, tmp_path))
    assert set(seen) == {"x s1", "tiny plain T=1.0", "tiny antislop T=1.0"}
    assert "samples.jsonl" in seen["tiny plain T=1.0"][4]
