"""A strategy against Plain, on the prompts both have: difference, interval, p-value, effect sizes."""

from dataclasses import dataclass

import numpy as np

from harness.scoring.measurement import RatioMeasurement
from harness.statistics.effect import cliffs_delta, detectable_d_z
from harness.statistics.equivalence import Equivalence, equivalence
from harness.statistics.estimate import unseen
from harness.statistics.interval import Interval, bootstrap_interval
from harness.statistics.ratio_parts import RatioParts, ratio_parts
from harness.statistics.relative import RelativeChange, relative_change
from harness.statistics.resampling import EXACT_PROMPTS, swaps, weighted_sums

# Values that agree to this share are equal: sums in another order differ in the last digits.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Comparison:
    """`difference` = treated − control, in the metric's unit, over `n` prompts.

    `p` is two-sided and uncorrected. `d_z` is the mean of the per-prompt differences over their standard deviation
    `spread`; None when they do not vary. `relative` is None where a share of Plain's value has no meaning, and
    `equivalence` where no margin was stated.
    """

    difference: float
    interval: Interval | None
    p: float
    d_z: float | None
    n: int
    spread: float
    cliffs_delta: float
    relative: RelativeChange | None = None
    equivalence: Equivalence | None = None

    @property
    def detectable(self) -> float:
        """Smallest difference, in the metric's unit, that this n and spread find with a chance of 80 % at p < 0.05."""
        return detectable_d_z(self.n) * self.spread


def compare(treated: RatioMeasurement, control: RatioMeasurement, margin: float | None = None) -> Comparison | None:
    """Paired comparison of two arms on the prompts that carry both; None when there are fewer than two.

    With a `margin`, in the metric's unit, also whether the arms are the same up to it.
    """
    shared = [
        prompt
        for prompt in treated.prompt_ids
        if treated.denominator[prompt] > 0 and control.denominator.get(prompt, 0.0) > 0
    ]
    if len(shared) < 2:
        return None
    a, b = ratio_parts(treated, shared), ratio_parts(control, shared)
    difference = a.value - b.value
    replicates, jackknife = a.replicates - b.replicates, a.jackknife - b.jackknife
    d_z, spread = _standardised(a, b)
    below, above = unseen(b), unseen(a)
    return Comparison(
        difference=difference,
        interval=_widened(bootstrap_interval(difference, replicates, jackknife), below, above),
        p=permutation_p(a, b),
        d_z=d_z,
        n=len(shared),
        spread=spread,
        cliffs_delta=cliffs_delta(a.each, b.each),
        relative=relative_change(a, b),
        equivalence=None if margin is None else equivalence(difference, replicates, jackknife, margin, below, above),
    )


def _widened(interval: Interval | None, below: float, above: float) -> Interval | None:
    """An arm that saw nothing does not vary when resampled; what it may hide is added on its side."""
    if interval is None or (below == 0 and above == 0):
        return interval
    return Interval(interval.low - below, interval.high + above, "rule_of_three")


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


def _standardised(a: RatioParts, b: RatioParts) -> tuple[float | None, float]:
    """d_z, and the standard deviation of the per-prompt differences; 0 where only rounding makes them vary."""
    differences = a.linearised() - b.linearised()
    spread = float(differences.std(ddof=1))
    varies = spread > ROUNDING * max(abs(a.value), abs(b.value))
    return (float(differences.mean()) / spread, spread) if varies else (None, 0.0)
