"""Temperature and truncation: from scores to the weights of a draw, for many rows at once.

Weights are probabilities up to a factor: a draw needs no more, and dividing 10,000 numbers has its price.

Order: temperature → shape (scale, bias) → bans → min_p → top_k → top_p, so truncation looks at what is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Decoding:
    """Sampling settings. `temperature=0` is greedy; `top_k=0`, `top_p=1` and `min_p=0` are off."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0

    def __post_init__(self) -> None:
        for name in ("temperature", "top_p", "min_p"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise TypeError(f"decoding.{name}: {value!r} is not a finite number")
        if isinstance(self.top_k, bool) or not isinstance(self.top_k, int):
            raise TypeError(f"decoding.top_k: {self.top_k!r} is not an integer; use 0 to switch it off")
        if self.temperature < 0:
            raise ValueError(
                f"decoding.temperature: {self.temperature} is negative; use 0 for greedy, or a positive number"
            )
        if self.top_k < 0:
            raise ValueError(f"decoding.top_k: {self.top_k} is negative; use 0 to switch it off")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"decoding.top_p: {self.top_p} is outside (0, 1]; use 1 to switch it off")
        if not 0 <= self.min_p <= 1:
            raise ValueError(f"decoding.min_p: {self.min_p} is outside [0, 1]; use 0 to switch it off")

    @property
    def greedy(self) -> bool:
        return self.temperature == 0

    @property
    def divisor(self) -> float:
        """What logits are divided by; greedy rows are taken at temperature 1, the argmax being the same."""
        return self.temperature or 1.0

    @property
    def truncates(self) -> bool:
        return self.min_p > 0 or self.top_k > 0 or self.top_p < 1


def weights(scores: Tensor) -> tuple[Tensor, Tensor]:
    """exp(scores - largest) of each row of `scores` [B, V], and log Σ exp(scores) [B, 1]. NaN where all are -inf."""
    peak = scores.amax(-1, keepdim=True)
    found = (scores - peak).exp_()
    return found, found.sum(-1, keepdim=True).log_().add_(peak)


def restricted(found: Tensor, decoding: Decoding) -> Tensor:
    """What `decoding` leaves of the weights `found` [B, V]. Greedy leaves the first of the largest."""
    if decoding.greedy:
        best = found.argmax(-1, keepdim=True)
        return torch.zeros_like(found).scatter_(-1, best, found.gather(-1, best))
    return truncated(found, decoding) if decoding.truncates else found


def divergence(scores: Tensor, free: Tensor, found: Tensor, log_z: Tensor) -> Tensor:
    """KL(softmax(scores) ‖ softmax(free)) in nats [B, 1]: how far biases bend a step before truncation.

    `found` [B, V] and `log_z` [B, 1] are the `weights` of `scores` [B, V]. Where biases only ban, this is
    -log(1 - Σ banned p), the KL of the masked step from the unmasked one.
    """
    added = torch.where(found > 0, scores - free, 0.0)
    mean = (found * added).sum(-1, keepdim=True) / found.sum(-1, keepdim=True)
    nats = mean - (log_z - free.logsumexp(-1, keepdim=True))
    return nats.clamp_min_(0.0)


def truncated(found: Tensor, decoding: Decoding) -> Tensor:
    """Apply min_p, then top_k, then top_p to the weights `found` [B, V], each to what the one before has left."""
    if decoding.min_p > 0:
        found = torch.where(found >= decoding.min_p * found.amax(-1, keepdim=True), found, 0.0)
    if 0 < decoding.top_k < found.shape[-1]:
        largest = found.topk(decoding.top_k).values
        found = _largest(found, largest, torch.full_like(largest[:, :1], decoding.top_k, dtype=torch.long))
    if decoding.top_p < 1:
        ordered = found.sort(descending=True).values
        ahead = ordered.cumsum(-1) - ordered  # mass of what is larger
        inside = ahead < decoding.top_p * found.sum(-1, keepdim=True)
        found = _largest(found, ordered, inside.sum(-1, keepdim=True).clamp_min_(1))
    return found


def _largest(found: Tensor, ordered: Tensor, count: Tensor) -> Tensor:
    """`found` [B, V] with exactly the `count` [B, 1] largest entries of a row left; among equals the lower ids stay.

    `ordered` holds at least that many of each row's entries, largest first.
    """
    edge = ordered.gather(-1, count - 1)
    above, equal = found > edge, found == edge
    room = count - above.sum(-1, keepdim=True)
    return torch.where(above | (equal & (equal.cumsum(-1) <= room)), found, 0.0)
