"""One measurement → its value, interval and n."""

from dataclasses import dataclass

from harness.scoring.measurement import Measurement, RatioMeasurement, SetMeasurement
from harness.statistics.interval import Interval, bootstrap_interval
from harness.statistics.ratio_parts import RatioParts, ratio_parts
from harness.statistics.set_interval import jackknife_interval

# Nothing seen in N trials: the rate is below 3/N at 95 % (Hanley & Lippman-Hand 1983).
RULE_OF_THREE = 3.0


@dataclass(frozen=True)
class Estimate:
    """`n` counts prompts for a ratio, and what the scorer counted (texts, rewinds, segments) for a set measurement.

    Without a value there is a reason; a value may stand without an interval. `trials` is the N of "0 of N": the sum of
    a ratio's denominators (words, tokens, texts).
    """

    value: float | None
    interval: Interval | None
    n: int
    reason: str | None = None
    trials: float | None = None


def estimate(measurement: Measurement) -> Estimate:
    """Value and 95 % interval over prompts; of a set only if the measurement says what it is without each prompt."""
    if isinstance(measurement, SetMeasurement):
        return _estimate_set(measurement)
    return _estimate_ratio(measurement)


def _estimate_set(measurement: SetMeasurement) -> Estimate:
    value = measurement.value
    interval = None if value is None else jackknife_interval(value, measurement.leave_one_out)
    return Estimate(value, interval, measurement.n, measurement.reason)


def _estimate_ratio(measurement: RatioMeasurement) -> Estimate:
    whole = ratio_parts(measurement, measurement.prompt_ids)
    n = int(whole.carrying.sum())
    if n == 0:
        return Estimate(None, None, 0, measurement.reason)
    return Estimate(whole.value, ratio_interval(whole), n, trials=float(whole.sums[1]))


def ratio_interval(whole: RatioParts) -> Interval | None:
    """None for a single prompt. Nothing seen at all is not certainty: the rule of three bounds it."""
    high = unseen(whole)
    if high > 0:
        return Interval(0.0, high, "rule_of_three")
    return bootstrap_interval(whole.value, whole.replicates, whole.jackknife) if whole.carrying.sum() > 1 else None


def unseen(whole: RatioParts) -> float:
    """How large a ratio of which nothing was seen may still be; 0 where something was."""
    numerator, denominator = whole.sums
    if numerator != 0 or not whole.measurement.counts or whole.measurement.link != "identity":
        return 0.0
    return min(whole.measurement.scale * RULE_OF_THREE / float(denominator), whole.measurement.ceiling)
