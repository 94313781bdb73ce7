"""What a job's texts say so far, by the scorers' own measurements: the last number is the final score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.scoring.cost import rewind_rate
from harness.scoring.measurement import RatioMeasurement
from harness.scoring.per_prompt import finished
from harness.scoring.slop import banned_rate
from harness.store.failures import failed
from harness.store.records import Sample


class Tally:
    """Sums over texts. `slop`: slop.hits_per_1k_words; `rewinds`: cost.rewinds_per_100_kept; None while undefined."""

    def __init__(self, phrases: tuple[str, ...]) -> None:
        self._phrases = phrases
        self._slop, self._rewinds = Pooled(), Pooled()
        self.failed = 0

    def add(self, samples: Sequence[Sample]) -> None:
        """Count more texts. Those that failed have none to count, as in the scores."""
        texts = finished(samples)
        self.failed += len(failed(samples))
        if texts and self._phrases:
            self._slop.add(banned_rate(texts, self._phrases))
        if texts:
            self._rewinds.add(rewind_rate(texts))

    @property
    def slop(self) -> float | None:
        return self._slop.value

    @property
    def rewinds(self) -> float | None:
        return self._rewinds.value


class Pooled:
    """One ratio of texts that come in parts."""

    def __init__(self) -> None:
        self._sums = np.zeros(2)
        self._measurement: RatioMeasurement | None = None

    def add(self, part: RatioMeasurement) -> None:
        self._measurement = part
        self._sums += (sum(part.numerator.values()), sum(part.denominator.values()))

    @property
    def value(self) -> float | None:
        """None where the denominator is 0: no words, nothing kept."""
        if self._measurement is None or self._sums[1] == 0:
            return None
        return float(self._measurement.linked(self._sums[0] / self._sums[1]))
