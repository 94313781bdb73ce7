"""Does a strategy's number differ from Plain's by less than a stated margin? "Not significant" does not say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.statistics.interval import bootstrap_interval
from harness.statistics.resampling import Floats

# Metric → margin in the metric's unit, of a sweep whose sweep.json states none: those before `margins` was a setting.
MARGINS: Mapping[str, float] = {"fluency.logprob_per_token": 0.05}
# Two one-sided tests at 5 % each are one interval of 90 %.
LEVEL = 0.90

Verdict = Literal["shown", "not shown", "lower", "higher"]


@dataclass(frozen=True)
class Equivalence:
    """`low` and `high` are the 90 % interval of treated − control that `verdict` was read from."""

    margin: float
    low: float
    high: float
    verdict: Verdict


def equivalence(
    difference: float, replicates: Floats, jackknife: Floats, margin: float, below: float = 0.0, above: float = 0.0
) -> Equivalence | None:
    """Two one-sided tests (Schuirmann 1987) from the paired bootstrap, replicates [B] and leave-one-out values [n].

    An arm that saw nothing does not vary when resampled: what it may hide, `below` or `above`, widens the interval.

    "shown": the difference is inside ±margin. "lower" and "higher": it is beyond the margin, below or above. Else
    "not shown". None where the difference has no interval.
    """
    interval = bootstrap_interval(difference, replicates, jackknife, LEVEL)
    if interval is None:
        return None
    low, high = interval.low - below, interval.high + above
    return Equivalence(margin, low, high, _verdict(low, high, margin))


def _verdict(low: float, high: float, margin: float) -> Verdict:
    if -margin < low and high < margin:
        return "shown"
    if high < -margin:
        return "lower"
    return "higher" if low > margin else "not shown"
