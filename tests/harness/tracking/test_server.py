"""A sweep logged to a real MLflow server on this machine, which may stop in the middle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from harness.config.settings import Settings
from harness.tracking import open_tracking
from tests.harness.tracking.conftest import Sweep
from tests.harness.tracking.server import Server, held, written


@pytest.mark.slow
def test_a_server_holds_runs_and_files_and_nothing_twice(
    server: Server, sweep: Sweep, settings: Callable[..., Settings], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def log() -> None:
        sweep.log(open_tracking(settings("tracking=mlflow", f"tracking.uri={server.address}")))

    log()
    files = written(server.artifacts)
    log()
    assert capfd.readouterr() == ("", "")
    assert written(server.artifacts) == files
    runs = held(server.address, "x_y")
    assert len(runs) == 3
    (child,) = [run_id for run_id, run in runs.items() if run["tags"].get("job_id") == "job1"]
    assert [value for value, _ in runs[child]["metrics"]["slop.hits_per_1k_words"]] == [20.0]
    fetched = MlflowClient(server.address).download_artifacts(child, "samples.jsonl", str(tmp_path))
    assert Path(fetched).read_bytes() == (sweep.job_folder(sweep.content["jobs"][1]) / "samples.jsonl").read_bytes()


@pytest.mark.slow
def test_a_server_that_is_killed_loses_nothing(
    server: Server,
    sweep: Sweep,
    settings: Callable[..., Settings],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What could not be logged is logged by the next run of the same command, into the same runs."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    tracking = open_tracking(settings("tracking=mlflow", f"tracking.uri={server.address}"))
    first, second = sweep.content["jobs"]
    tracking.start_sweep(sweep.content, sweep.folder)
    tracking.log_job(first, sweep.job_folder(first))
    server.kill()
    tracking.log_job(second, sweep.job_folder(second))
    tracking.finish_sweep(sweep.content, sweep.folder, "done")
    assert capsys.readouterr().err.count("warning: tracking failed") == 1
    server.start()
    sweep.log(open_tracking(settings("tracking=mlflow", f"tracking.uri={server.address}")))
    runs = held(server.address, "x_y").values()
    assert sorted(run["tags"].get("job_id", "parent") for run in runs) == ["job0", "job1", "parent"]
    assert {run["info"]["status"] for run in runs} == {"FINISHED"}
