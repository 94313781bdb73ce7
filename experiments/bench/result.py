"""What a comparison found: ratios with the line they are to reach, checks, and curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from experiments.bench.timing import Timed, Written

Unit = Literal["kept", "drawn"]
TOKENS: dict[Unit, Callable[[Written], int]] = {"kept": lambda w: w.kept, "drawn": lambda w: w.drawn}


def shown(value: float) -> str:
    """Three digits, or all that stand before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass(frozen=True)
class Spread:
    """Median, least and most of a few rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        if self.low == self.high:
            return shown(self.median)
        return f"{shown(self.median)} ({shown(self.low)}–{shown(self.high)})"


@dataclass(frozen=True)
class Line:
    """A against B on one model: by how much A is faster, or what it costs more.

    `cost=False`: the ratio is A's tokens per second over B's, and `target` is the least it should be. `cost=True`:
    seconds per token of A over B's, and `target` is the most. Ratios are taken within a round, so that a machine
    that slows down slows down both sides; their median is what is judged.
    """

    model: str
    what: str
    a: str
    b: str
    unit: Unit
    rounds: Sequence[tuple[Timed, Timed]]
    target: float | None
    cost: bool = False

    @property
    def ratio(self) -> Spread:
        pairs = [(self._rate(a), self._rate(b)) for a, b in self.rounds]
        return Spread.of([b / a if self.cost else a / b for a, b in pairs])

    @property
    def rates(self) -> tuple[Spread, Spread]:
        """Tokens per second of A and of B."""
        a, b = zip(*self.rounds, strict=True)
        return Spread.of([self._rate(one) for one in a]), Spread.of([self._rate(one) for one in b])

    @property
    def discarded(self) -> tuple[float, float]:
        """Share of its draws that A, and B, took back, all rounds together."""
        a, b = zip(*self.rounds, strict=True)
        return _discarded(a), _discarded(b)

    @property
    def reached(self) -> bool | None:
        """None where no line is set."""
        if self.target is None:
            return None
        return self.ratio.median <= self.target if self.cost else self.ratio.median >= self.target

    def _rate(self, one: Timed) -> float:
        return TOKENS[self.unit](one.written) / one.seconds


def _discarded(runs: Sequence[Timed]) -> float:
    return sum(one.written.discarded for one in runs) / sum(one.written.drawn for one in runs)


@dataclass(frozen=True)
class Check:
    """Something that must hold exactly, or a number with a bound, and what was found."""

    what: str
    holds: bool
    found: str


@dataclass(frozen=True)
class Series:
    """One measured curve: y[i] spreads over the rounds at x[i]."""

    label: str
    x: Sequence[float]
    y: Sequence[Spread]


@dataclass(frozen=True)
class Curve:
    """Measured curves and, beside them, the law that is expected: `law` says it in words, `expected` is it at x."""

    name: str
    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    law: str
    expected: Series
    logarithmic: bool = False


@dataclass(frozen=True)
class Result:
    """All that one comparison found."""

    name: str
    question: str
    lines: Sequence[Line] = ()
    checks: Sequence[Check] = ()
    curves: Sequence[Curve] = ()
    notes: Sequence[str] = ()  # what could not be run here, and why; what else was seen
