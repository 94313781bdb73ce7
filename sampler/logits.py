"""One row of logits, kept while a rewind may still come back to it."""

from __future__ import annotations

import math

from torch import Tensor

from sampler.errors import BadLogitsError


class LogitsRow:
    """Raw logits [V] of one position, and what is derived from them once."""

    __slots__ = ("_log_z", "_owned", "_tempered", "logits")

    def __init__(self, logits: Tensor) -> None:
        self.logits = logits
        self._owned = False
        self._log_z: float | None = None
        self._tempered: tuple[float, Tensor] | None = None

    def own(self) -> None:
        """Stop sharing memory with the batch it came in."""
        if not self._owned:
            self.logits = self.logits.clone()
            self._owned = True

    @property
    def log_z(self) -> float:
        """log Σ exp(logits) in nats. Raises BadLogitsError when it is not finite."""
        if self._log_z is None:
            self._log_z = float(self.logits.double().logsumexp(0))
            if not math.isfinite(self._log_z):
                raise BadLogitsError(f"the logits' normaliser is {self._log_z}: NaN, +inf, or no finite logit")
        return self._log_z

    def logprob(self, token: int) -> float:
        """log p(token) in nats under the unmodified model (temperature 1, no truncation, no ban)."""
        return float(self.logits[token]) - self.log_z

    def tempered(self, divisor: float) -> Tensor:
        """Log-probs [V] float64 of the model at temperature `divisor`."""
        if self._tempered is None or self._tempered[0] != divisor:
            raw = self.logits.double()
            row = raw - self.log_z if divisor == 1 else (raw / divisor).log_softmax(0)
            self._tempered = (divisor, row)
        return self._tempered[1]
