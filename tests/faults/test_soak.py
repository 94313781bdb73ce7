"""Resume, proven by murder: a short form for every run of the tests. `make soak` is the long one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.soak.peace import let_run
from tests.faults.soak.torment import Torment
from tests.faults.soak.verdict import differences, differing_runs, written_again
from tests.faults.soak.victim import Size, Victim
from tests.harness.tracking.server import Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """MLflow's, not started yet; its database lies where the tormented sweep runs."""
    folder = tmp_path / "tormented"
    folder.mkdir()
    server = Server(folder)
    yield server
    server.kill()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_sweep_that_is_tormented_loses_nothing(server: Server, tmp_path: Path) -> None:
    size = Size(prompts=16, repeats=2, tokens=20)
    peaceful = Victim(tmp_path / "peaceful", tmp_path, size)
    tormented = Victim(tmp_path / "tormented", tmp_path, size, server.address)
    peace = let_run(peaceful, every=0.2)
    diary = Torment(tormented, server, peace.late, random.Random(1)).run(faults=10)
    assert diary.faults.total() == 10
    assert {fault.split(" in ")[0] for fault in diary.faults} >= {"SIGKILL", "SIGTERM", "SIGINT", "memory"}
    assert list(differences(peaceful, tormented)) == []
    assert written_again(tormented) == 0
    assert list(differing_runs(peaceful, tormented)) == []
    assert diary.tracebacks == []
    assert len(diary.seen) == size.texts
    assert any(b"position" in line for line in diary.seen.values())  # rows of the spoilt model did fail
