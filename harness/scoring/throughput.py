"""Kept tokens per second, and where the time goes, from the segments of timing.json."""

from collections.abc import Sequence
from statistics import median

from harness.scoring.context import Context
from harness.scoring.measurement import Measurement, SetMeasurement
from harness.scoring.registry import scorer
from harness.store.records import Sample
from harness.store.timing import Segment

NO_TIMING = "there is no timing.json with a timed segment"
NO_SHARES = "there is no timing.json that says what was spent inside the model and outside it"
NO_STRATEGY_TIME = "there is no timing.json that says what the strategy itself took"


@scorer("throughput")
def throughput(samples: Sequence[Sample], context: Context) -> list[Measurement]:
    """Median, lowest and highest rate of kept tokens over the segments; time per draw outside the model, share within.

    They are a machine's, so no interval over prompts.
    """
    rates = segment_rates(context.segments)
    return [
        _rate("tok_per_s", median(rates) if rates else None, len(rates)),
        _rate("tok_per_s_min", min(rates, default=None), len(rates)),
        _rate("tok_per_s_max", max(rates, default=None), len(rates)),
        *_shares([segment for segment in context.segments if segment.outside_seconds and segment.drawn]),
        _strategy([segment for segment in context.segments if segment.strategy_seconds is not None and segment.drawn]),
    ]


def segment_rates(segments: Sequence[Segment]) -> list[float]:
    """Kept tokens per second of each segment that took time."""
    return [segment.kept / segment.seconds for segment in segments if segment.seconds > 0]


def _shares(timed: Sequence[Segment]) -> list[Measurement]:
    """Both of the same samples, from their first token to their last; what is written to disk is in neither."""
    outside = sum(segment.outside_seconds or 0.0 for segment in timed)
    inside = sum(segment.model_seconds or 0.0 for segment in timed)
    draws = sum(segment.drawn for segment in timed)
    reason = None if timed else NO_SHARES
    per_draw = 1e6 * outside / draws if timed else None
    share = inside / (inside + outside) if timed else None
    return [
        SetMeasurement("outside_us_per_draw", "µs/draw", "lower", per_draw, len(timed), reason),
        SetMeasurement("model_share", "share of time", "neutral", share, len(timed), reason),
    ]


def _strategy(timed: Sequence[Segment]) -> SetMeasurement:
    """Of the time outside the model, what the strategy itself took: its matcher, its shapes, its decisions."""
    draws = sum(segment.drawn for segment in timed)
    spent = 1e6 * sum(segment.strategy_seconds or 0.0 for segment in timed) / draws if draws else None
    return SetMeasurement(
        "strategy_us_per_draw", "µs/draw", "lower", spent, len(timed), None if timed else NO_STRATEGY_TIME
    )


def _rate(name: str, value: float | None, n: int) -> SetMeasurement:
    return SetMeasurement(name, "kept tokens/s", "higher", value, n, None if value is not None else NO_TIMING)
