"""A folder for what processes leave in TMPDIR, by which a test finds them; and the sweep as one process leaves it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import run
from tests.launchers.sweeps import SWEEP, left


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its name is short: Ray puts sockets there, whose paths may have 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="bh"))
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("HOME", str(folder))  # Ray writes a token there
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the sweep leaves that ran in one process."""
    folder = tmp_path_factory.mktemp("alone")
    code, _, said = run(folder, *SWEEP)
    assert code == 0, said
    return left(folder)
