"""What a dry run says of the time: what was measured, or that nothing was."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from harness.planning.dry_run import spelled


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (270000, "3 d 3 h")],
)
def test_times_are_spelled_in_two_units(seconds: float, said: str) -> None:
    assert spelled(seconds) == said


def test_a_dry_run_knows_the_pace_of_timed_jobs(
    harness: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the same strategy where there is one; nothing is guessed where no job was timed."""
    assert harness("strategy=plain", "dry_run=true") == 0
    assert "time: not known, no job of this model has been timed" in capsys.readouterr().out
    assert harness("strategy=plain") == 0
    assert harness("strategy=plain", "dry_run=true") == 0
    assert "time:" not in capsys.readouterr().out.splitlines()[-1]  # nothing is left
    assert harness("strategy=plain,antislop", "repeats=3", "dry_run=true") == 0
    said = capsys.readouterr().out
    found = re.search(r"time: about .+ of generation for (\d+) tokens", said)
    assert found
    assert 0 < int(found[1]) <= int(re.search(r"at most (\d+) tokens", said)[1])  # type: ignore[index]
