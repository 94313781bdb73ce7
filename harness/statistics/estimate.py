"""One measurement → its value, interval and n."""

from dataclasses import dataclass

from harness.scoring.measurement import Measurement, RatioMeasurement, SetMeasurement
from harness.statistics.interval import Interval, bootstrap_interval
from harness.statistics.ratio_parts import RatioParts, ratio_parts

# Nothing seen in N trials: the rate is below 3/N at 95 % (Hanley & Lippman-Hand 1983).
RULE_OF_THREE = 3.0


@dataclass(frozen=True)
class Estimate:
    """`n` counts prompts for a ratio, and what the scorer counted (texts, rewinds, segments) for a set measurement.

    Without a value there is a reason; a value may stand without an interval.
    """

    value: float | None
    interval: Interval | None
    n: int
    reason: str | None = None


def estimate(measurement: Measurement) -> Estimate:
    """Value and 95 % interval over prompts; set measurements have no interval."""
    if isinstance(measurement, SetMeasurement):
        return Estimate(measurement.value, None, measurement.n, measurement.reason)
    return _estimate_ratio(measurement)


def _estimate_ratio(measurement: RatioMeasurement) -> Estimate:
    whole = ratio_parts(measurement, measurement.prompt_ids)
    n = int(whole.carrying.sum())
    if n == 0:
        return Estimate(None, None, 0, measurement.reason)
    return Estimate(whole.value, _interval(whole, n), n)


def _interval(whole: RatioParts, n: int) -> Interval | None:
    """None for a single prompt. Nothing seen at all is not certainty: the rule of three bounds it."""
    numerator, denominator = whole.sums
    if numerator == 0 and whole.measurement.link == "identity":
        high = whole.measurement.scale * RULE_OF_THREE / float(denominator)
        return Interval(0.0, min(high, whole.measurement.ceiling), "rule_of_three")
    return bootstrap_interval(whole.value, whole.replicates(), whole.jackknife()) if n > 1 else None
