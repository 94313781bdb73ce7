"""A strategy against Plain, on the prompts both have: difference, interval, p-value, effect size."""

from dataclasses import dataclass

import numpy as np

from harness.scoring.measurement import RatioMeasurement
from harness.statistics.interval import Interval, bootstrap_interval
from harness.statistics.ratio_parts import RatioParts, ratio_parts
from harness.statistics.resampling import EXACT_PROMPTS, swaps, weighted_sums

# Values that agree to this share are equal: sums in another order differ in the last digits.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Comparison:
    """`difference` = treated − control, in the metric's unit, over `n` prompts.

    `p` is two-sided and uncorrected. `d_z` is the mean of the per-prompt differences over their standard deviation;
    None when they do not vary.
    """

    difference: float
    interval: Interval | None
    p: float
    d_z: float | None
    n: int


def compare(treated: RatioMeasurement, control: RatioMeasurement) -> Comparison | None:
    """Paired comparison of two arms on the prompts that carry both; None when there are fewer than two."""
    shared = [
        prompt
        for prompt in treated.prompt_ids
        if treated.denominator[prompt] > 0 and control.denominator.get(prompt, 0.0) > 0
    ]
    if len(shared) < 2:
        return None
    a, b = ratio_parts(treated, shared), ratio_parts(control, shared)
    difference = a.value - b.value
    interval = bootstrap_interval(difference, a.replicates() - b.replicates(), a.jackknife() - b.jackknife())
    return Comparison(difference, interval, permutation_p(a, b), _effect_size(a, b), len(shared))


def permutation_p(a: RatioParts, b: RatioParts) -> float:
    """Two-sided p-value of "within each prompt the arms are exchangeable" (Fisher 1935).

    A permutation swaps a prompt's numerator and denominator between the arms together; with equal denominators this is
    the sign-flip test of the differences. All swaps for few prompts, else random ones and p = (1 + #) / (P + 1)
    (Phipson & Smyth 2010).
    """
    swapped = swaps(a.n)
    sums = a.sums + weighted_sums(swapped, b.parts - a.parts)
    permuted = np.abs(a.of_sums(sums) - b.of_sums(a.sums + b.sums - sums))
    observed = abs(a.value - b.value)
    rounding = ROUNDING * max(abs(a.value), abs(b.value))
    as_extreme = int((permuted >= observed - rounding).sum())
    return as_extreme / len(swapped) if a.n <= EXACT_PROMPTS else (1 + as_extreme) / (len(swapped) + 1)


def _effect_size(a: RatioParts, b: RatioParts) -> float | None:
    differences = a.linearised() - b.linearised()
    spread = float(differences.std(ddof=1))
    varies = spread > ROUNDING * max(abs(a.value), abs(b.value))
    return float(differences.mean()) / spread if varies else None
