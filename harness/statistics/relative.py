"""The difference as a share of what Plain has: "83 % fewer hits"."""

from dataclasses import dataclass

import numpy as np

from harness.statistics.estimate import ratio_interval
from harness.statistics.interval import Interval, bootstrap_interval
from harness.statistics.ratio_parts import RatioParts
from harness.statistics.resampling import Floats


@dataclass(frozen=True)
class RelativeChange:
    """treated / control − 1: −1 is all of it gone, 1 is twice as much."""

    value: float
    interval: Interval | None


def relative_change(treated: RatioParts, control: RatioParts) -> RelativeChange | None:
    """Relative change of two arms' ratios over the same prompts, resampled together.

    None where it has no meaning: Plain has nothing, or the metric can be negative (a log-probability).
    """
    if control.value <= 0 or (treated.each < 0).any() or (control.each < 0).any():
        return None
    value = treated.value / control.value - 1.0
    if treated.value == 0:
        return RelativeChange(value, _all_gone(treated, control))
    replicates = _change(treated.replicates, control.replicates)
    jackknife = _change(treated.jackknife, control.jackknife)
    return RelativeChange(value, bootstrap_interval(value, replicates, jackknife))


def _change(above: Floats, below: Floats) -> Floats:
    """NaN where Plain has nothing."""
    return above / np.where(below > 0, below, np.nan) - 1.0


def _all_gone(treated: RatioParts, control: RatioParts) -> Interval | None:
    """From −1 to the most the treated arm can have over the least Plain can have: nothing seen is not certainty."""
    most, least = ratio_interval(treated), ratio_interval(control)
    if most is None or least is None or least.low <= 0:
        return None
    return Interval(-1.0, most.high / least.low - 1.0, "rule_of_three")
