"""A sweep logged to a real MLflow server on this machine, which may stop in the middle."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from harness.settings import Settings
from harness.tracking import open_tracking
from tests.harness.tracking.conftest import Sweep

PATIENCE = 120  # seconds until a starting server counts as dead


class Server:
    """`mlflow server` on a free port; every start opens the same stores."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        self.address = f"http://127.0.0.1:{port}"
        stores = ("--backend-store-uri", f"sqlite:///{folder / 'server.db'}", "--artifacts-destination", str(folder))
        self._command = ("mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", "1", *stores)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen([sys.executable, "-m", *self._command], **silent)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline, f"no answer from {self.address}"
            time.sleep(0.2)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=PATIENCE)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5):
                return True
        except OSError:
            return False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.mark.slow
def test_a_server_holds_runs_and_files_and_nothing_twice(
    server: Server, sweep: Sweep, settings: Callable[..., Settings], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        sweep.log(open_tracking(settings("tracking=mlflow", f"tracking.uri={server.address}")))
    assert capfd.readouterr() == ("", "")
    client = MlflowClient(server.address)
    experiment = client.get_experiment_by_name("x_y")
    assert len(client.search_runs([experiment.experiment_id])) == 3
    (child,) = client.search_runs([experiment.experiment_id], "tags.job_id = 'job1'")
    assert child.data.metrics["slop.hits_per_1k_words"] == 20.0
    assert len(client.get_metric_history(child.info.run_id, "slop.hits_per_1k_words")) == 1
    fetched = client.download_artifacts(child.info.run_id, "samples.jsonl", str(tmp_path))
    assert Path(fetched).read_bytes() == (sweep.job_folder(sweep.content["jobs"][1]) / "samples.jsonl").read_bytes()


@pytest.mark.slow
def test_a_server_that_goes_away_loses_nothing(
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
    server.stop()
    tracking.log_job(second, sweep.job_folder(second))
    tracking.finish_sweep(sweep.content, sweep.folder, "done")
    assert capsys.readouterr().err.count("warning: tracking failed") == 1
    server.start()
    sweep.log(open_tracking(settings("tracking=mlflow", f"tracking.uri={server.address}")))
    client = MlflowClient(server.address)
    runs = client.search_runs([client.get_experiment_by_name("x_y").experiment_id])
    assert sorted(run.data.tags.get("job_id", "parent") for run in runs) == ["job0", "job1", "parent"]
    assert {run.info.status for run in runs} == {"FINISHED"}
