"""One row of logits, kept while a rewind may still come back to it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import torch
from torch import Tensor

from sampler.errors import BadLogitsError


class Arrival:
    """When one call's logits are there. On a GPU the call returns before: the device works on while we prepare.

    Nothing waits for them but what reads their numbers, and that time is the model's.
    """

    __slots__ = ("_event", "waited")

    def __init__(self, logits: Tensor | None = None) -> None:
        self.waited = 0.0  # seconds
        self._event: torch.cuda.Event | None = None
        if logits is not None and logits.is_cuda:
            self._event = torch.cuda.current_stream(logits.device).record_event()

    def wait(self) -> None:
        if self._event is None:
            return
        began = time.perf_counter()
        self._event.synchronize()
        self.waited += time.perf_counter() - began
        self._event = None


ARRIVED = Arrival()


class LogitsRow:
    """Raw logits [V] of one position, and what is derived from them once."""

    __slots__ = ("_arrival", "_log_z", "_tempered", "borrowed", "logits")

    def __init__(self, logits: Tensor, arrival: Arrival = ARRIVED) -> None:
        self.logits = logits  # may still be on their way
        self._arrival = arrival
        self.borrowed = True  # shares memory with the batch it came in
        self._log_z: float | None = None
        self._tempered: tuple[float, Tensor] | None = None

    def arrived(self) -> Tensor:
        """The logits, to be read."""
        self._arrival.wait()
        return self.logits

    @property
    def log_z(self) -> float:
        """log Σ exp(logits) in nats. Raises BadLogitsError when it is not finite."""
        if self._log_z is None:
            self.normalised_by(float(self.arrived().double().logsumexp(0)))
        assert self._log_z is not None
        return self._log_z

    def normalised_by(self, log_z: float) -> None:
        """Note log Σ exp(logits). Raises BadLogitsError when it is not finite."""
        if not math.isfinite(log_z):
            raise BadLogitsError(f"the logits' normaliser is {log_z}: NaN, +inf, or no finite logit")
        self._log_z = log_z

    def logprob(self, token: int) -> float:
        """log p(token) in nats under the unmodified model (temperature 1, no truncation, no ban)."""
        return float(self.logits[token]) - self.log_z

    def tempered(self, divisor: float) -> Tensor:
        """Log-probs [V] float64 of the model at temperature `divisor`."""
        if self._tempered is None or self._tempered[0] != divisor:
            raw = self.arrived().double()
            row = raw - self.log_z if divisor == 1 else (raw / divisor).log_softmax(0)
            self._tempered = (divisor, row)
        return self._tempered[1]


def own(rows: Sequence[LogitsRow]) -> None:
    """Give `rows` memory of their own, apart from the batches they came in; one copy for all of them.

    What was derived from them goes: it would take twice the memory, and is only needed again after a rewind.
    """
    if not rows:
        return
    copies = torch.stack([row.logits for row in rows])
    for row, copy in zip(rows, copies, strict=True):
        row.logits, row.borrowed, row._tempered = copy, False, None
