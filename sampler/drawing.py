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
from sampler.errors import ContractError
from sampler.logits import LogitsRow
from sampler.memory import is_memory

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
        found.update(zip(rows, _draw_some([wants[i] for i in rows], decoding, draw), strict=True))
    return [found[i] for i in range(len(wants))]


def _draw_some(wants: Sequence[Want], decoding: Decoding, draw: Draw) -> list[Drawn]:
    """Together where memory suffices for that, else in halves: a draw that failed has changed nothing."""
    try:
        return _draw_group(wants, decoding, draw)
    except (MemoryError, RuntimeError) as error:
        if len(wants) == 1 or not is_memory(error):
            raise
    half = len(wants) // 2
    return _draw_some(wants[:half], decoding, draw) + _draw_some(wants[half:], decoding, draw)


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
    rows = {i: shape.row for i, shape in enumerate(shapes) if shape.row is not None}
    if rows:
        scores[list(rows)] = torch.stack([row.to(scores) for row in rows.values()])
    if all(shape.scale == 1 for shape in shapes):
        return scores
    return scores * scores.new_tensor([[shape.scale] for shape in shapes])


def _biased(free: Tensor, wants: Sequence[Want]) -> Tensor:
    """`free` [B, V] with the biases of shapes, then those of prefixes, added."""
    biased = free.clone()
    own, common = _by_use([want.shape.bias for want in wants])
    for same, rows in common.items():
        ids, nats = _bias_tensors(same, free.device)
        biased.index_put_((torch.tensor(rows, device=free.device)[:, None], ids), nats, accumulate=True)
    single = [(i, token, nats) for i, bias in own.items() for token, nats in bias.items()]
    single += [(i, token, nats) for i, want in enumerate(wants) for token, nats in want.bans]
    if single:
        at, tokens, added = zip(*single, strict=True)
        where = torch.tensor([at, tokens], device=free.device)
        biased.index_put_((where[0], where[1]), free.new_tensor(added), accumulate=True)
    return biased


def _by_use(biases: Sequence[Mapping[int, float]]) -> tuple[dict[int, Mapping[int, float]], dict[_Same, list[int]]]:
    """Biases that one row of several has for itself, which are added together; and the others, with their rows."""
    users: dict[_Same, list[int]] = defaultdict(list)
    for i, bias in enumerate(biases):
        if bias:
            users[_Same(bias)].append(i)
    alone = [same for same, rows in users.items() if len(rows) == 1]
    if len(alone) == 1:  # it may be a long list of a text that is written alone, the same at each step
        return {}, users
    return {users.pop(same)[0]: same.bias for same in alone}, users


def check_shape(shape: Shape, size: int) -> None:
    """Raise ContractError for what cannot bend a row of `size` scores."""
    if shape.row is not None and tuple(shape.row.shape) != (size,):
        raise ContractError(f"Shape.row: its shape is {tuple(shape.row.shape)}; the vocabulary has {size} tokens")
    if shape.bias:
        check_tokens("Shape.bias", shape.bias, size)


def check_tokens(what: str, bias: Mapping[int, float], size: int) -> None:
    """Raise ContractError for a token that a vocabulary of `size` does not have; a GPU would end the process for it."""
    wrong = next((token for token in _extremes(_Same(bias)) if not 0 <= token < size), None)
    if wrong is not None:
        raise ContractError(f"{what}: token {wrong} is outside the vocabulary, 0..{size - 1}")


class _Same:
    """A mapping compared by identity: a strategy that always returns the same bias has it converted once."""

    def __init__(self, bias: Mapping[int, float]) -> None:
        self.bias = bias

    def __hash__(self) -> int:
        return id(self.bias)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.bias is other.bias


@lru_cache(maxsize=64)
def _extremes(same: _Same) -> tuple[int, ...]:
    return (min(same.bias), max(same.bias)) if same.bias else ()


@lru_cache(maxsize=64)
def _bias_tensors(same: _Same, device: torch.device) -> tuple[Tensor, Tensor]:
    ids, nats = list(same.bias), list(same.bias.values())
    return torch.tensor(ids, device=device), torch.tensor(nats, dtype=torch.float64, device=device)
