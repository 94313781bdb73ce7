"""A ratio measurement as arrays over an ordered set of prompts: what both intervals and comparisons compute with."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.scoring.measurement import RatioMeasurement
from harness.statistics.resampling import Floats, resampling_weights, weighted_sums

# How many parts are kept: all metrics of two arms, and some. Their replicates are 80 kB each.
RECENT = 256


@dataclass(frozen=True)
class RatioParts:
    """Numerator and denominator of each prompt, parts [n, 2], and the measurement that says how their ratio reads."""

    measurement: RatioMeasurement
    parts: Floats

    @property
    def n(self) -> int:
        return len(self.parts)

    @property
    def sums(self) -> Floats:
        """[2]: Σ numerator, Σ denominator."""
        return np.asarray(self.parts.sum(axis=0), dtype=np.float64)

    @property
    def value(self) -> float:
        return float(self.of_sums(self.sums))

    @property
    def carrying(self) -> NDArray[np.bool_]:
        """[n]: which prompts have a denominator, so that they say something."""
        return self.parts[:, 1] > 0

    @property
    def each(self) -> Floats:
        """[n]: the prompts' own values; NaN for a prompt without a denominator."""
        return self.of_sums(self.parts)

    def of_sums(self, sums: Floats) -> Floats:
        """Sums [..., 2] → reported values [...]; NaN where the denominator is 0."""
        denominator = np.where(sums[..., 1] > 0, sums[..., 1], np.nan)
        return self.measurement.linked(sums[..., 0] / denominator)

    @cached_property
    def replicates(self) -> Floats:
        """[B] values, one per bootstrap resample of the prompts."""
        return self.of_sums(weighted_sums(resampling_weights(self.n), self.parts))

    @cached_property
    def jackknife(self) -> Floats:
        """[n] values, each with one prompt left out."""
        return self.of_sums(self.sums - self.parts)

    def linearised(self) -> Floats:
        """[n] values: whole + slope · (numerator − ratio · denominator) / mean denominator; their mean is the whole.

        With equal denominators and no link these are the prompts' own values; else the linearisation of the ratio.
        """
        numerator, denominator = self.sums
        ratio = numerator / denominator
        residuals = (self.parts[:, 0] - ratio * self.parts[:, 1]) / (denominator / self.n)
        return np.asarray(self.value + self.measurement.slope(ratio) * residuals, dtype=np.float64)


def ratio_parts(measurement: RatioMeasurement, prompt_ids: Sequence[str]) -> RatioParts:
    """The measurement's parts for these prompts, in this order.

    Those asked for last are kept with their replicates: a Plain arm is compared with one arm after another.
    """
    return _recent.parts(measurement, tuple(prompt_ids))


class _Recent:
    """Parts by measurement and prompts. They hold their measurement, so no other can take its identity."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[int, tuple[str, ...]], RatioParts] = OrderedDict()

    def parts(self, measurement: RatioMeasurement, prompt_ids: tuple[str, ...]) -> RatioParts:
        key = (id(measurement), prompt_ids)
        if key not in self._held:
            self._held[key] = _parts(measurement, prompt_ids)
        self._held.move_to_end(key)
        if len(self._held) > RECENT:
            self._held.popitem(last=False)
        return self._held[key]


_recent = _Recent()


def _parts(measurement: RatioMeasurement, prompt_ids: Sequence[str]) -> RatioParts:
    pairs = [(measurement.numerator[prompt], measurement.denominator[prompt]) for prompt in prompt_ids]
    return RatioParts(measurement, np.array(pairs, dtype=np.float64).reshape(-1, 2))
