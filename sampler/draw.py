"""Random draws by counter: the same key gives the same draw, whatever else happened before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import torch
from torch import Tensor


class Key(NamedTuple):
    """Names one random decision of a whole experiment."""

    seed: int
    id: str  # the row: "<prompt id>#<repeat>" in the harness
    position: int  # in the continuation
    attempt: int  # draws made at this position before; never reset by a rewind
    nth: int = 0  # 0: the token; 1, 2, …: what the strategy chose at random about it


Draw = Callable[[Tensor, Key], int]  # (probabilities [V] float64, key) -> index


def uniform(key: Key) -> float:
    """A number in [0, 1) with 53 random bits, a pure function of `key` (BLAKE2b, RFC 7693, as the PRF)."""
    digest = blake2b(repr(tuple(key)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "little") >> 11) * 2.0**-53


def keyed_draw(probs: Tensor, key: Key) -> int:
    """Draw an index with probability `probs[i] / probs.sum()` by inverting the cumulative sum at `uniform(key)`."""
    index, _ = keyed_draws(probs[None], [key])
    return int(index)


def keyed_draws(weights: Tensor, keys: Sequence[Key]) -> tuple[Tensor, Tensor]:
    """`keyed_draw` for each row of `weights` [B, V] float64, on their device: indices [B, 1], and the sums [B, 1].

    An index of weight 0 is never drawn unless the sum is 0 or NaN: the first cumulative sum strictly above the target
    belongs to a positive weight, and the target stays below the whole, since `uniform` is at most 1 - 2^-53, and that
    times a number rounds to the one before it.
    """
    cumulative = weights.cumsum(-1)
    total = cumulative[:, -1:]
    share = torch.tensor([[uniform(key)] for key in keys], dtype=torch.float64, device=weights.device)
    indices = torch.searchsorted(cumulative, share.mul_(total), right=True)
    return indices.clamp_max_(weights.shape[-1] - 1), total
