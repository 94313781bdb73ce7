"""Resume, proven by murder: a short form for every run of the tests. `make soak` is the long one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.soak.peace import let_run
from tests.faults.soak.torment import torment
from tests.faults.soak.verdict import differences, doubled_runs, written_again
from tests.faults.soak.victim import Size, Victim


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_sweep_that_is_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    size = Size(prompts=16, repeats=2, tokens=20)
    peaceful, tormented = (Victim(tmp_path / name, tmp_path, size) for name in ("peaceful", "tormented"))
    peace = let_run(peaceful, every=0.2)
    diary = torment(tormented, kills=6, late=peace.late, dice=random.Random(1))
    assert sum(diary.kills.values()) == 6
    assert any("generation" in kill for kill in diary.kills)
    assert list(differences(peaceful, tormented)) == []
    assert written_again(tormented) == 0
    assert doubled_runs(tormented) == []
    assert diary.tracebacks == []
    assert len(diary.seen) == size.texts
    assert any(b"position" in line for line in diary.seen.values())  # rows of the spoilt model did fail
