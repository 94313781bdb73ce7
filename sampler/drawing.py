"""From held logits to drawn tokens: all rows that want one at once, on the model's device, with one copy back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from sampler.decision import Shape
from sampler.decoding import Decoding, divergence, restricted, weights
from sampler.draw import Draw, Key, keyed_draw, keyed_draws
from sampler.logits import LogitsRow

STRAIGHT = Shape()


class Want(NamedTuple):
    """One row's wish for a token."""

    logits: LogitsRow
    decoding: Decoding
    key: Key
    shape: Shape = STRAIGHT
    bans: tuple[tuple[int, float], ...] = ()  # (token, nats to add) of the biases under this very prefix

    @property
    def is_bent(self) -> bool:
        return bool(self.bans) or self.shape is not STRAIGHT


class Drawn(NamedTuple):
    """What came of a wish."""

    token: int | None  # None: no token is left
    logprob: float  # nats, under the unmodified model; means nothing without a token
    log_z: float  # log Σ exp(logits); not finite where the model's answer is no distribution
    ban_nats: float = 0.0  # KL of the biased from the unbiased step


def draw_all(wants: Sequence[Want], draw: Draw) -> list[Drawn]:
    """One draw for each of `wants`, in their order; those of equal settings share every operation."""
    with torch.inference_mode():
        return _draw_all(wants, draw)


def _draw_all(wants: Sequence[Want], draw: Draw) -> list[Drawn]:
    groups: dict[Decoding, list[int]] = defaultdict(list)
    for i, want in enumerate(wants):
        groups[want.decoding].append(i)
    found: dict[int, Drawn] = {}
    for decoding, rows in groups.items():
        found.update(zip(rows, _draw_group([wants[i] for i in rows], decoding, draw), strict=True))
    return [found[i] for i in range(len(wants))]


def _draw_group(wants: Sequence[Want], decoding: Decoding, draw: Draw) -> list[Drawn]:
    logits = torch.stack([want.logits.logits for want in wants]).double()  # [B, V]
    found, log_z = weights(logits)
    scores, nats = logits, []
    if decoding.divisor != 1:
        scores = logits / decoding.divisor
        found, _ = weights(scores)
    bent = [i for i, want in enumerate(wants) if want.is_bent]
    if bent:
        nats = [torch.zeros_like(log_z)]
        found[bent], nats[0][bent] = _bent(scores[bent], [wants[i] for i in bent])
    found = restricted(found, decoding)
    tokens, left = _tokens(found, [want.key for want in wants], draw)
    columns = torch.cat([tokens.double(), left, logits.gather(-1, tokens), log_z, *nats], dim=1)
    for want in wants:
        want.logits.arrived()
    return [
        Drawn(int(token) if left > 0 else None, logit - log_z, log_z, *nats)
        for token, left, logit, log_z, *nats in columns.tolist()
    ]


def _tokens(found: Tensor, keys: Sequence[Key], draw: Draw) -> tuple[Tensor, Tensor]:
    """A token [B, 1] for each row of weights [B, V], any where these sum to no positive number; and the sums [B, 1].

    Draws that are not the keyed one are asked row by row.
    """
    if draw is keyed_draw:
        return keyed_draws(found, keys)
    left = found.sum(-1, keepdim=True)
    rows = zip(found / left, keys, (left > 0).tolist(), strict=True)
    tokens = [[draw(probs, key) if possible else 0] for probs, key, (possible,) in rows]
    return torch.tensor(tokens, device=found.device), left


# -- shapes and bans -----------------------------------------------------------------------------------------------


def _bent(scores: Tensor, wants: Sequence[Want]) -> tuple[Tensor, Tensor]:
    """Weights [B, V] of rows bent by strategies and bans, and what the biases among these cost [B, 1] nats."""
    free = _shaped(scores, [want.shape for want in wants])
    biased = _biased(free, wants)
    found, log_z = weights(biased)
    return found, divergence(biased, free, found, log_z)


def _shaped(scores: Tensor, shapes: Sequence[Shape]) -> Tensor:
    """`scores` [B, V] under the rows and scales of `shapes`; known up to a constant for each row, before and after."""
    for row, shape in zip(scores, shapes, strict=True):
        if shape.row is not None:
            row.copy_(shape.row)
    if all(shape.scale == 1 for shape in shapes):
        return scores
    return scores * scores.new_tensor([[shape.scale] for shape in shapes])


def _biased(free: Tensor, wants: Sequence[Want]) -> Tensor:
    """`free` [B, V] with the biases of shapes and prefixes added."""
    biased = free.clone()
    shared: dict[_Same, list[int]] = defaultdict(list)
    for i, want in enumerate(wants):
        if want.shape.bias:
            shared[_Same(want.shape.bias)].append(i)
    for same, rows in shared.items():
        ids, nats = _bias_tensors(same, free.device)
        biased.index_put_((torch.tensor(rows, device=free.device)[:, None], ids), nats, accumulate=True)
    bans = [(i, token, nats) for i, want in enumerate(wants) for token, nats in want.bans]
    if bans:
        at, tokens, added = zip(*bans, strict=True)
        where = torch.tensor([at, tokens], device=free.device)
        biased.index_put_((where[0], where[1]), free.new_tensor(added), accumulate=True)
    return biased


class _Same:
    """A mapping compared by identity: a strategy that always returns the same bias has it converted once."""

    def __init__(self, bias: Mapping[int, float]) -> None:
        self.bias = bias

    def __hash__(self) -> int:
        return id(self.bias)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.bias is other.bias


@lru_cache(maxsize=64)
def _bias_tensors(same: _Same, device: torch.device) -> tuple[Tensor, Tensor]:
    ids, nats = list(same.bias), list(same.bias.values())
    return torch.tensor(ids, device=device), torch.tensor(nats, dtype=torch.float64, device=device)
