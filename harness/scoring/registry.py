"""Scorers by name. A scorer is a pure function of samples and context."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.scoring.context import Context
from harness.scoring.measurement import Measurement
from harness.store.records import Sample

Scorer = Callable[[Sequence[Sample], Context], list[Measurement]]

SCORERS: dict[str, Scorer] = {}
# What runs unless a selection is made, and the name that stands for it in a selection.
DEFAULT: list[str] = []
GROUP = "default"
# Runs wherever a reference model was asked, whatever else is selected.
ASKED = "reference"


def scorer(name: str, *, optional: bool = False) -> Callable[[Scorer], Scorer]:
    """Register a scorer under a name, which is the first half of its metrics' names ("slop.hits_per_1k_words").

    An optional one runs only where it is selected.
    """

    def register(function: Scorer) -> Scorer:
        if name in SCORERS:
            raise ValueError(f"scorer {name!r} is registered twice; choose another name")
        SCORERS[name] = function
        DEFAULT.extend([] if optional else [name])
        return function

    return register


def selected(names: Iterable[str] = ()) -> tuple[str, ...]:
    """The scorers that a selection means, in the order of registration: none named, or "default", is the default group.

    Raise ValueError for a name that no scorer has.
    """
    wanted = tuple(names) or (GROUP,)
    for name in wanted:
        if name not in SCORERS and name != GROUP:
            raise ValueError(f"no scorer is named {name!r}; there are {GROUP}, {', '.join(SCORERS)}")
    return tuple(name for name in SCORERS if name in wanted or (GROUP in wanted and name in DEFAULT))


def measure(samples: Sequence[Sample], context: Context, scorers: Iterable[str] = ()) -> Mapping[str, Measurement]:
    """Run the selected scorers, and the reference's where one was asked: "<scorer>.<metric>" → measurement, in order.

    Raises ValueError when a scorer names two metrics alike, or none has the name.
    """
    measured: dict[str, Measurement] = {}
    asked = [] if context.reference is None else [ASKED]
    for name in dict.fromkeys([*selected(scorers), *asked]):
        for measurement in SCORERS[name](samples, context):
            key = f"{name}.{measurement.name}"
            if key in measured:
                raise ValueError(f"metric {key!r} is reported twice; rename one of them")
            measured[key] = measurement
    return measured
