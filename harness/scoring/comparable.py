"""Which metrics arms can be compared in: those that have a value per prompt."""

from collections.abc import Iterable

from harness.scoring.context import Context
from harness.scoring.measurement import RatioMeasurement
from harness.scoring.registry import measure

# A list of every kind, so that no scorer leaves a metric out for want of one.
ALL_LISTS = Context(phrases=("a", "a b", "a b c"), heldout=("a",), regexes=("a",), trigrams=("a b c",))


def comparable(scorers: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of the metrics per prompt that the selected scorers can give: what they report of no samples at all."""
    measured = measure((), ALL_LISTS, scorers)
    return tuple(name for name, found in measured.items() if isinstance(found, RatioMeasurement))
