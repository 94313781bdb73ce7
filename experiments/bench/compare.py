"""One line of the report: two sides in turn, and their ratio."""

from __future__ import annotations

from experiments.bench.result import Line, Unit
from experiments.bench.timing import Side, interleaved


def compare(
    model: str,
    what: str,
    a: Side,
    b: Side,
    *,
    tokens: int,
    rounds: int,
    unit: Unit,
    target: float | None = None,
    cost: bool = False,
) -> Line:
    """Run A and B in turn; see `Line` for what its ratio and its target are."""
    return Line(model, what, a.what, b.what, unit, interleaved(a, b, tokens, rounds), target, cost)
