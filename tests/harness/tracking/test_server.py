"""A sweep logged to a real MLflow server on this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from harness.settings import Settings
from harness.tracking import open_tracking
from tests.harness.tracking.conftest import Sweep

PATIENCE = 120  # seconds until a starting server counts as dead


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Address of a server with a database and an artifact folder of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    stores = [
        "--backend-store-uri",
        f"sqlite:///{tmp_path / 'server.db'}",
        "--artifacts-destination",
        str(tmp_path / "a"),
    ]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen([*command, *stores], cwd=tmp_path, stdout=log, stderr=log, start_new_session=True)
        try:
            yield _wait_for(f"http://127.0.0.1:{port}", process)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health"):
                return address
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise TimeoutError(f"no answer from {address} within {PATIENCE} s")


@pytest.mark.slow
def test_a_server_holds_runs_and_files_and_nothing_twice(
    server: str, sweep: Sweep, settings: Callable[..., Settings], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        sweep.log(open_tracking(settings("tracking=mlflow", f"tracking.uri={server}")))
    client = MlflowClient(server)
    experiment = client.get_experiment_by_name("x_y")
    assert len(client.search_runs([experiment.experiment_id])) == 3
    (child,) = client.search_runs([experiment.experiment_id], "tags.job_id = 'job1'")
    assert child.data.metrics["slop.hits_per_1k_words"] == 20.0
    assert len(client.get_metric_history(child.info.run_id, "slop.hits_per_1k_words")) == 1
    fetched = client.download_artifacts(child.info.run_id, "samples.jsonl", str(tmp_path))
    assert Path(fetched).read_bytes() == (sweep.job_folder(sweep.content["jobs"][1]) / "samples.jsonl").read_bytes()
    said = capfd.readouterr()
    assert said.err == said.out == ""
