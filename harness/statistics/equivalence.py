"""Is a strategy's text as likely under the model as Plain's, up to a margin? "Not significant" does not say so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.statistics.interval import bootstrap_interval
from harness.statistics.resampling import Floats

# Metric → the largest difference to Plain that does not matter, in the metric's unit. Stated before looking: 0.05 nats
# are 5 % of perplexity.
MARGINS: Mapping[str, float] = {"fluency.logprob_per_token": 0.05}
# Two one-sided tests at 5 % each are one interval of 90 %.
LEVEL = 0.90

Verdict = Literal["shown", "not shown", "worse", "higher"]


@dataclass(frozen=True)
class Equivalence:
    """`low` and `high` are the 90 % interval of treated − control that `verdict` was read from."""

    margin: float
    low: float
    high: float
    verdict: Verdict


def equivalence(difference: float, replicates: Floats, jackknife: Floats, margin: float) -> Equivalence | None:
    """Two one-sided tests (Schuirmann 1987) from the paired bootstrap, replicates [B] and leave-one-out values [n].

    "shown": the difference is inside ±margin. "worse" and "higher": it is beyond the margin, below or above. Else
    "not shown". None where the difference has no interval.
    """
    interval = bootstrap_interval(difference, replicates, jackknife, LEVEL)
    if interval is None:
        return None
    return Equivalence(margin, interval.low, interval.high, _verdict(interval.low, interval.high, margin))


def _verdict(low: float, high: float, margin: float) -> Verdict:
    if -margin < low and high < margin:
        return "shown"
    if high < -margin:
        return "worse"
    return "higher" if low > margin else "not shown"
