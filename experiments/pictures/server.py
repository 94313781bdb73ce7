"""A real MLflow server on a free port of this machine, for as long as its pages are looked at."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 180  # seconds until a starting server counts as dead
STATED = {"MLFLOW_DISABLE_TELEMETRY": "true"}


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """Its address; database and artifacts lie in `folder`, which must exist. Raise RuntimeError when none comes up."""
    place = folder.resolve()
    address = f"http://127.0.0.1:{free_port()}"
    command = server_command(address, f"sqlite:///{place / 'mlflow.db'}", place / "artifacts")
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | STATED, start_new_session=True)
    try:
        _wait(address, process, folder / "server.log")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def server_command(address: str, database: str, artifacts: Path) -> list[str]:
    """Serves at `address` what lies in `database` (an address too) and in the folder `artifacts`."""
    port = address.rpartition(":")[2]
    stores = (f"--backend-store-uri={database}", f"--artifacts-destination={artifacts}")
    return [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", port, "--workers", "1"),
        *stores,
    ]


def free_port() -> int:
    """Of this machine, at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers(address):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"mlflow server did not come up: {log.read_text()[-500:]}")
        time.sleep(0.2)


def answers(address: str) -> bool:
    """Whether the server there is up."""
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5):
            return True
    except OSError:
        return False
