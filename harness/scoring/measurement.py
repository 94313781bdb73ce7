"""What a scorer hands back: numbers in their parts, so that prompts can be resampled without reading texts again."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Better = Literal["lower", "higher", "neutral"]
# How a ratio becomes the reported number. "exp_of_minus" turns a mean log-probability into a perplexity.
Link = Literal["identity", "exp_of_minus"]


@dataclass(frozen=True)
class RatioMeasurement:
    """A number per prompt: value = link(scale · Σ numerator / Σ denominator), both sums over the prompts.

    The repeats of a prompt are summed beforehand, so a prompt is one unit. A prompt that has nothing to
    say (no text long enough, no rewind) has numerator and denominator 0, or is absent from both.
    """

    name: str
    unit: str
    better: Better
    numerator: Mapping[str, float]
    denominator: Mapping[str, float]
    scale: float = 1.0
    link: Link = "identity"
    reason: str = "the denominator is zero"
    counts: bool = True  # the numerator counts what was seen; of nats, none seen says nothing about how many may be

    @property
    def prompt_ids(self) -> tuple[str, ...]:
        """Every prompt the scorer saw, sorted: the same prompt set gives the same order, hence the same resamples."""
        return tuple(sorted(self.denominator))

    @property
    def ceiling(self) -> float:
        """The most that the reported number can be: of a share, the whole."""
        return 1.0 if self.unit.startswith("share of ") else math.inf

    def linked(self, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
        """Apply scale and link to raw ratios of any shape."""
        scaled = self.scale * ratio
        return np.exp(-scaled) if self.link == "exp_of_minus" else scaled

    def slope(self, ratio: float) -> float:
        """Derivative of the reported number with respect to the raw ratio."""
        return -self.scale * math.exp(-self.scale * ratio) if self.link == "exp_of_minus" else self.scale


@dataclass(frozen=True)
class SetMeasurement:
    """A number of a whole set of texts. Resampling would plant duplicates in the set, so it is never bootstrapped.

    `leave_one_out`: the number without each prompt in turn, for a jackknife interval; () = no interval.
    """

    name: str
    unit: str
    better: Better
    value: float | None
    n: int
    reason: str | None = None
    leave_one_out: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError(
                f"{self.name}: give a value or a reason why there is none, not value={self.value} reason={self.reason}"
            )


Measurement = RatioMeasurement | SetMeasurement
