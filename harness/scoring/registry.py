"""Scorers by name. A scorer is a pure function of samples and context."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.records import Sample
from harness.scoring.context import Context
from harness.scoring.measurement import Measurement

Scorer = Callable[[Sequence[Sample], Context], list[Measurement]]

SCORERS: dict[str, Scorer] = {}


def scorer(name: str) -> Callable[[Scorer], Scorer]:
    """Register a scorer under a name, which is the first half of its metrics' names ("slop.hits_per_1k_words")."""

    def register(function: Scorer) -> Scorer:
        if name in SCORERS:
            raise ValueError(f"scorer {name!r} is registered twice; choose another name")
        SCORERS[name] = function
        return function

    return register


def measure(samples: Sequence[Sample], context: Context, scorers: Iterable[str] = SCORERS) -> Mapping[str, Measurement]:
    """Run the named scorers, or all: "<scorer>.<metric>" → measurement, in their order.

    Raises ValueError when a scorer names two metrics alike.
    """
    measured: dict[str, Measurement] = {}
    for name in scorers:
        for measurement in SCORERS[name](samples, context):
            key = f"{name}.{measurement.name}"
            if key in measured:
                raise ValueError(f"metric {key!r} is reported twice; rename one of them")
            measured[key] = measurement
    return measured
