"""Temperature and truncation: from log-probs to the probabilities of one draw.

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


def probabilities(scores: Tensor, decoding: Decoding) -> Tensor | None:
    """Scores [V] (log-probs up to a constant, -inf where banned) → probabilities [V] of one draw, summing to 1.

    None when no token is left. Greedy gives one to the first of the largest scores.
    """
    if decoding.greedy:
        best = scores.argmax()
        return None if scores[best] == -torch.inf else torch.zeros_like(scores).index_fill_(0, best, 1.0)
    probs = scores.softmax(0)
    if torch.isnan(probs[0]):  # all scores are -inf
        return None
    return truncated(probs, decoding) if decoding.truncates else probs


def divergence(scores: Tensor, free: Tensor) -> float:
    """KL(softmax(scores) ‖ softmax(free)) in nats, both [V]: how far biases bend a step before truncation.

    Where they only ban, it is -log(1 - Σ banned p), the KL of the masked step from the unmasked one.
    """
    probs = scores.softmax(0)
    nats = torch.where(probs > 0, probs * (probs.log() - free.log_softmax(0)), 0.0).sum()
    return max(float(nats), 0.0)


def truncated(probs: Tensor, decoding: Decoding) -> Tensor:
    """Apply min_p, then top_k, then top_p to `probs` [V], each renormalising what is left."""
    if decoding.min_p > 0:
        probs = _keep(probs, probs >= decoding.min_p * probs.max())
    if 0 < decoding.top_k < len(probs):
        probs = _keep(probs, _largest(probs, decoding.top_k))
    if decoding.top_p < 1:
        ordered = probs.sort(descending=True).values
        mass_ahead = ordered.cumsum(0) - ordered
        probs = _keep(probs, _largest(probs, int((mass_ahead < decoding.top_p).sum())))
    return probs


def _largest(probs: Tensor, k: int) -> Tensor:
    """Mask [V] of exactly the `k` largest entries; among equals the lower ids stay."""
    edge = probs.topk(k).values[-1]
    above, equal = probs > edge, probs == edge
    return above | (equal & (equal.cumsum(0) <= k - above.sum()))


def _keep(probs: Tensor, mask: Tensor) -> Tensor:
    kept = probs * mask
    return kept / kept.sum()
