"""Intervals of numbers of a whole set of texts, without planting duplicates in it."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from harness.statistics.interval import LEVEL, Interval


def jackknife_interval(value: float, leave_one_out: Sequence[float]) -> Interval | None:
    """value ± z · √Σ(value without prompt i − mean of these)²; None for fewer than two prompts.

    It is about the mean of the number over sets of this many prompts, so compare at equal n. For a number in which
    the prompts' order plays no part, the sum bounds the variance from above in expectation (Efron & Stein 1981): the
    interval is too wide rather than too short. Not for quantiles, whose jackknife does not settle as n grows.
    """
    if len(leave_one_out) < 2:
        return None
    left_out = np.asarray(leave_one_out, dtype=np.float64)
    spread = math.sqrt(float(((left_out - left_out.mean()) ** 2).sum()))
    reach = float(ndtri((1.0 + LEVEL) / 2.0)) * spread
    return Interval(value - reach, value + reach, "jackknife")
