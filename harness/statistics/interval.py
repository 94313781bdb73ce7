"""Bootstrap intervals of one statistic: BCa where it is defined, percentile where it is not."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from harness.statistics.resampling import Floats

LEVEL = 0.95
# An interval from the resamples where the statistic is defined stands for all of them only while these are nearly all.
DEFINED_SHARE = 0.95
# Values that agree to this share are ties: sums in another order differ in the last digits.
ROUNDING = 1e-12

Method = Literal["bca", "percentile", "rule_of_three", "jackknife"]


@dataclass(frozen=True)
class Interval:
    """A confidence interval, at `LEVEL` unless it was asked for otherwise, and how it was made."""

    low: float
    high: float
    method: Method


def bootstrap_interval(value: float, replicates: Floats, jackknife: Floats, level: float = LEVEL) -> Interval | None:
    """Interval from bootstrap replicates [B] and leave-one-out values [n] of a statistic; NaN = undefined there.

    None when fewer than two prompts carry the statistic, or when more than 1 in 20 resamples leave it undefined.
    """
    replicates = (
        replicates[~np.isnan(replicates)] if np.isnan(replicates).mean() <= 1.0 - DEFINED_SHARE else replicates[:0]
    )
    if replicates.size == 0 or jackknife.size < 2:
        return None
    tails = np.array([(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    corrected = _bca_tails(tails, value, replicates, jackknife[~np.isnan(jackknife)])
    low, high = np.quantile(replicates, tails if corrected is None else corrected)
    return Interval(float(low), float(high), "percentile" if corrected is None else "bca")


def _bca_tails(tails: Floats, value: float, replicates: Floats, jackknife: Floats) -> Floats | None:
    """Bias-corrected, accelerated levels (Efron 1987, eq. 6.8 and 7.3; ties count half, as in scipy.stats.bootstrap).

    None when all replicates lie on one side of the value (the bias is infinite) or the jackknife does not vary.
    """
    rounding = ROUNDING * np.abs(replicates).max()
    below = ((replicates < value - rounding).mean() + (replicates <= value + rounding).mean()) / 2.0
    deviations = jackknife.mean() - jackknife
    largest = np.abs(deviations).max()
    if not 0.0 < below < 1.0 or np.ptp(replicates) <= rounding or largest <= rounding:
        return None
    deviations /= largest  # the acceleration has no unit, and the squares of tiny deviations vanish
    acceleration = (deviations**3).sum() / (6.0 * (deviations**2).sum() ** 1.5)
    bias = ndtri(below)
    shifted = bias + ndtri(tails)
    with np.errstate(divide="ignore", invalid="ignore"):  # a pole is told by what is not finite
        levels: Floats = ndtr(bias + shifted / (1.0 - acceleration * shifted))
    return levels if np.isfinite(levels).all() else None
