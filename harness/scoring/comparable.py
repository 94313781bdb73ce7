"""Which metrics arms can be compared in: those that have a value per prompt."""

from collections.abc import Iterable

from harness.scoring.context import Context
from harness.scoring.measurement import RatioMeasurement
from harness.scoring.readings import Reference
from harness.scoring.registry import measure

# A list of every kind, so that no scorer leaves a metric out for want of one; and a reference, since any sweep's texts
# may be read by one later (python -m harness.score RUN --reference), while the family is declared before.
EVERYTHING = Context(
    phrases=("a", "a b", "a b c"),
    heldout=("a",),
    regexes=("a",),
    trigrams=("a b c",),
    reference=Reference({}, {}),
)


def comparable(scorers: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of the metrics per prompt that the selected scorers can give: what they report of no samples at all."""
    measured = measure((), EVERYTHING, scorers)
    return tuple(name for name, found in measured.items() if isinstance(found, RatioMeasurement))
