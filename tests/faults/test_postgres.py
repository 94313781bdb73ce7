"""PostgreSQL behind an MLflow server, as docs/SCALING.md says: a real database that is stopped and started again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from experiments.pictures.server import free_port
from harness.config.compose import CONF
from tests.harness.tracking.server import Server, held

SWEEP = (
    "experiment_name=postgres", "model=inkling_500k", "strategy=plain,antislop", "dataset.limit=2",
    "decoding.max_new_tokens=20", "tracking=server",
)  # fmt: skip
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
OWNER = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROGRAMS, reason="machine: no PostgreSQL in /usr/lib/postgresql"),
]


@dataclass(frozen=True)
class Database:
    """A cluster of its own, on a free port of this machine."""

    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"postgresql+psycopg2://harness@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        self._run("initdb", "--username=harness", "--auth=trust", f"--pgdata={self.folder / 'data'}")

    def start(self) -> None:
        settings = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "start", "--wait", f"--log={self.folder / 'log'}", f"--options={settings}", *self._place)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--mode=immediate", *self._place)

    @property
    def _place(self) -> tuple[str]:
        return (f"--pgdata={self.folder / 'data'}",)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(PROGRAMS[-1].with_name(program)), *arguments]
        subprocess.run(command, user=OWNER, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, timeout=120)


@pytest.fixture
def database() -> Iterator[Database]:
    """Running. Not in tmp_path, which its owner may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if OWNER:
        shutil.chown(folder, OWNER)
    found = Database(folder, free_port())
    found.make()
    found.start()
    try:
        yield found
    finally:
        found.stop()
        shutil.rmtree(folder)


@pytest.fixture
def server(database: Database, tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "server", database.address)
    server.start()
    yield server
    server.kill()


def begin(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(CONF.parent)}
    return subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=folder, env=environment, text=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def end(process: subprocess.Popen[str]) -> str:
    """What it said; its exit code is 0."""
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said[-2000:]
    return said


def test_a_database_that_goes_away_and_comes_back_holds_each_run_once(
    database: Database, server: Server, tmp_path: Path
) -> None:
    address = f"tracking.uri={server.address}"
    there = [begin(tmp_path, "harness", *SWEEP, address, f"seed={seed}") for seed in (1, 2)]  # two sweeps at once
    assert all("warning" not in end(sweep) for sweep in there)
    first = held(server.address, "postgres")
    assert len(first) == 6  # two sweeps, two jobs each

    database.stop()
    assert "warning: tracking failed (" in end(begin(tmp_path, "harness", *SWEEP, address, "seed=3"))
    database.start()
    assert held(server.address, "postgres") == first

    sweeps = [str(path.parent) for path in tmp_path.glob("reports/postgres/*/sweep.json")]
    assert len(sweeps) == 3
    for _ in range(2):
        for sweep in sweeps:
            end(begin(tmp_path, "harness.track", sweep, "--uri", server.address))
        now = held(server.address, "postgres")
        assert len(now) == 9
        assert {run: now[run] for run in first} == first
