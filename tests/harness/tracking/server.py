"""A real MLflow server that a test starts, kills and starts again; and what a store holds, to be compared."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from experiments.pictures.server import answers, free_port, server_command

PATIENCE = 120  # seconds until a starting server counts as dead


class Server:
    """`mlflow server` on a free port of this machine; every start opens the same database and artifacts in `folder`.

    `database`: the address of another one.
    """

    def __init__(self, folder: Path, database: str | None = None) -> None:
        self.address = f"http://127.0.0.1:{free_port()}"
        self.artifacts = folder / "artifacts"
        self._command = server_command(self.address, database or f"sqlite:///{folder / 'mlflow.db'}", self.artifacts)
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def on(cls, empty_database: Path, folder: Path) -> Server:
        """On a copy of a database whose tables are made: a server that makes them takes ten seconds longer."""
        folder.mkdir()
        shutil.copy(empty_database, folder / "mlflow.db")
        return cls(folder)

    @property
    def is_up(self) -> bool:
        """Started, though it may not answer yet."""
        return self._process is not None

    def begin(self) -> None:
        """It answers some seconds later."""
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(self._command, process_group=0, **silent)

    def start(self) -> None:
        """Returns when it answers."""
        self.begin()
        deadline = time.monotonic() + PATIENCE
        while not answers(self.address):
            assert time.monotonic() < deadline, f"no answer from {self.address}"
            time.sleep(0.2)

    def kill(self) -> None:
        """SIGKILL, to its workers too."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def held(uri: str, experiment: str) -> dict[str, dict[str, Any]]:
    """Everything that a store holds of an experiment, by run: what a second logging must leave alone.

    Fails where two runs stand for one job or one sweep.
    """
    client = MlflowClient(uri)
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    runs = client.search_runs([found.experiment_id])
    keys = ("mlflow.parentRunId", "job_id", "sweep_id")
    names = [tuple(run.data.tags.get(key) for key in keys) for run in runs]
    assert len(set(names)) == len(names), names
    return {
        run.info.run_id: {
            "info": dict(run.info),
            "params": run.data.params,
            "tags": run.data.tags,
            "metrics": {
                name: [(point.value, point.timestamp) for point in client.get_metric_history(run.info.run_id, name)]
                for name in run.data.metrics
            },
            "artifacts": sorted(_artifacts(client, run.info.run_id)),
            "inputs": sorted(
                (read.dataset.name, read.dataset.digest, *(tag.value for tag in read.tags))
                for read in run.inputs.dataset_inputs
            ),
        }
        for run in runs
    }


def _artifacts(client: MlflowClient, run_id: str, path: str | None = None) -> list[tuple[str, int]]:
    found = client.list_artifacts(run_id, path)
    files = [(each.path, each.file_size) for each in found if not each.is_dir]
    return files + [file for each in found if each.is_dir for file in _artifacts(client, run_id, each.path)]


def written(folder: Path) -> dict[Path, int]:
    """When each file below was last written: an upload that repeats itself is seen here."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
