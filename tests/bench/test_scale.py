"""The harness's scale benchmark measures what it says it measures."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from experiments.bench.scale import clock
from experiments.bench.scale.cases import GENERATION, WORDS, Measured, measure, tiny_sweep
from experiments.bench.scale.clock import Clock, Phase
from experiments.bench.scale.measured import ITERATORS, SCORE, SWEEP
from experiments.bench.scale.page import page
from experiments.bench.scale.texts import write_texts
from harness.scoring.words import words


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands where its one entry says, so that sums are exact."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(time, "process_time", lambda: now[0] / 2)
    return now


def test_a_phase_has_its_time_less_that_of_the_phases_in_it(ticks: list[float]) -> None:
    measured = Clock()
    ticks[0] = 1.0
    with measured.phase("outer"):
        ticks[0] = 3.0
        with measured.phase("inner"):
            ticks[0] = 7.0
        ticks[0] = 8.0
    ticks[0] = 10.0
    expected = {"rest": Phase(3.0, 1.5, 1), "outer": Phase(3.0, 1.5, 1), "inner": Phase(4.0, 2.0, 1)}
    assert measured.closed() == expected


def test_a_phase_that_fails_is_left(ticks: list[float]) -> None:
    """What comes after an exception would else be counted as the phase that raised it."""
    measured = Clock()

    def fail() -> None:
        ticks[0] = 2.0
        raise KeyError

    with pytest.raises(KeyError):
        measured.timed(fail, "failing")()
    ticks[0] = 5.0
    assert measured.closed() == {"rest": Phase(3.0, 1.5, 1), "failing": Phase(2.0, 1.0, 1)}


def test_an_iterator_is_timed_in_its_steps_and_not_between_them(ticks: list[float]) -> None:
    def numbers():  # type: ignore[no-untyped-def]
        for number in range(2):
            ticks[0] += 1.0
            yield number

    measured = Clock()
    seen = []
    for number in measured._stepwise(numbers, "steps")():
        ticks[0] += 10.0
        seen.append(number)
    assert seen == [0, 1]
    assert measured.closed() == {"rest": Phase(20.0, 10.0, 1), "steps": Phase(2.0, 1.0, 3)}


@pytest.mark.parametrize("place", [*SWEEP, *ITERATORS, *SCORE])
def test_every_watched_function_is_there(place: str) -> None:
    """A function that was renamed would no longer be measured."""
    owner, attribute = clock._found(place)
    assert callable(getattr(owner, attribute))


def test_texts_have_the_words_asked_for_and_are_the_same_again(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_texts(tmp_path / name, 3, WORDS)
    rows = [json.loads(line) for line in (tmp_path / "a").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["0", "1", "2"]
    assert len({row["output"] for row in rows}) == 3
    for row in rows:
        assert len(row["output"].split(" ")) == WORDS
        assert len(words(row["output"])) == pytest.approx(WORDS, rel=0.05)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.slow
def test_a_tiny_sweep_is_measured_phase_by_phase(tmp_path: Path) -> None:
    found = tiny_sweep(4, tmp_path, ())
    assert found.phases["job files"].calls == 4
    assert found.phases["report: page"].calls == 1
    assert set(GENERATION) <= set(found.phases)
    assert set(GENERATION).isdisjoint(found.overhead)
    shown = page({"4 jobs": found}, {}, {})
    assert f"| report: page | {found.phases['report: page'].wall:.2f} (" in shown


@pytest.mark.slow
def test_a_command_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        measure(1, ["model=nowhere"], tmp_path)


def test_overhead_is_all_that_is_neither_generation_nor_paid_once() -> None:
    phases = {name: Phase(1.0, 0.5, 1) for name in ("imports", *GENERATION, "planning", "report: page")}
    found = Measured(10, phases, 1.0)
    assert found.overhead == ("planning", "report: page")
    assert (found.wall(found.overhead), found.cpu(found.report)) == (2.0, 0.5)
