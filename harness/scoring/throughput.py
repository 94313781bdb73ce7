"""Kept tokens per second, from the segments of timing.json."""

from collections.abc import Sequence
from statistics import median

from harness.records import Sample
from harness.scoring.context import Context
from harness.scoring.measurement import Measurement, SetMeasurement
from harness.scoring.registry import scorer
from harness.timing import Segment

NO_TIMING = "there is no timing.json with a timed segment"


@scorer("throughput")
def throughput(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Median, lowest and highest rate of kept tokens over the segments; a machine's, so no interval over prompts."""
    rates = segment_rates(context.segments)
    return [
        _rate("tok_per_s", median(rates) if rates else None, len(rates)),
        _rate("tok_per_s_min", min(rates, default=None), len(rates)),
        _rate("tok_per_s_max", max(rates, default=None), len(rates)),
    ]


def segment_rates(segments: Sequence[Segment]) -> list[float]:
    """Kept tokens per second of each segment that took time."""
    return [segment.kept / segment.seconds for segment in segments if segment.seconds > 0]


def _rate(name: str, value: float | None, n: int) -> SetMeasurement:
    return SetMeasurement(name, "kept tokens/s", "higher", value, n, None if value is not None else NO_TIMING)
