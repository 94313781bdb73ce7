"""A folder for what processes leave in TMPDIR, by which a test finds them; sweeps as one process leaves them; Slurm."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import run
from tests.harness.launch.cluster import Cluster
from tests.harness.launch.sweeps import SWEEP, left, of_family
from tests.harness.launch.tasks import TEXTS


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its name is short: Ray puts sockets there, whose paths may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="bh"))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("HOME", str(folder))  # Ray writes a token there
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    yield folder
    for pid in of_family(folder):  # of a test that failed
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the sweep leaves that ran in one process."""
    return _left_by(tmp_path_factory.mktemp("alone"), *SWEEP)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same of the longer one."""
    return _left_by(tmp_path_factory.mktemp("undisturbed"), *TEXTS)


def _left_by(folder: Path, *arguments: str) -> dict[str, Any]:
    code, _, said = run(folder, *arguments)
    assert code == 0, said
    return left(folder)


@pytest.fixture(scope="session")
def running_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def cluster(running_cluster: Cluster, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """With nothing in its queue."""
    for name, value in running_cluster.environment.items():
        monkeypatch.setenv(name, value)
    running_cluster.clear()
    return running_cluster
