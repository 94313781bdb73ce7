"""One verb for every backend: prefill, step and rewind are the same ragged call."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import torch
from torch import Tensor

from sampler.vocab import Vocab


class Extend(NamedTuple):
    """Cut the slot's cache to `keep` tokens (the prompt's included), then feed `tokens`."""

    slot: int
    keep: int
    tokens: tuple[int, ...]


class Extended(NamedTuple):
    """What one `extend` gave, row by row of its batch."""

    logits: Tensor  # [B, V] float32 or float64, after each row's last token; a fresh tensor
    forwards: tuple[int, ...]  # passes of the model each row took part in
    fed: tuple[int, ...]  # tokens fed for each row; more than asked where a cache could not be cut and was replayed


class Scored(NamedTuple):
    """Given tokens under the model, temperature 1."""

    logprobs: Tensor  # [T] float64, nats
    greedy: Tensor  # [T] bool: no token was more probable


@dataclass(frozen=True)
class Caps:
    """What a backend can do."""

    max_len: int  # tokens a slot can hold, prompt included
    rewind: Literal["exact", "replay"]  # replay: a cut cache is built again from its first token
    why: str = ""  # how that was decided, for the report
    parameters: int | None = None  # of the model, each once; None where there is no count


class Backend(Protocol):
    """A model behind slots: each slot caches one sequence of tokens.

    Calling `extend` twice with the same arguments changes nothing. A cache operation that fails raises CacheError, a
    batch that does not fit into memory MemoryExhaustedError, after which no slot has lost what it held.
    """

    caps: Caps
    vocab: Vocab
    slots: SlotPool

    def extend(self, batch: Sequence[Extend]) -> Extended:
        """Bring every named slot to `keep` + `tokens` and return the logits after its last token."""
        ...

    def drop(self, slots: Sequence[int]) -> None:
        """Forget what these slots hold, and give back the memory that it took. Other slots keep theirs."""
        ...

    def score(self, prompt: Sequence[int], tokens: Sequence[int]) -> Tensor:
        """Log-probs [T] in nats of `tokens` after `prompt`, temperature 1."""
        ...

    def scored(self, prompt: Sequence[int], tokens: Sequence[int]) -> Scored:
        """The same, and which of `tokens` the model itself would have put there."""
        ...


def scored_rows(rows: Tensor, tokens: Sequence[int]) -> Scored:
    """`tokens` under logits [T, V], one row for each of them."""
    targets = torch.tensor(tokens, dtype=torch.long, device=rows.device)[:, None]
    logprobs = rows.double().log_softmax(-1)
    found = logprobs.gather(1, targets)
    return Scored(found[:, 0], (logprobs <= found).all(-1))


def check_extend(batch: Sequence[Extend]) -> None:
    """Raise ValueError for a row that feeds nothing: there would be no logits to answer with."""
    empty = next((item.slot for item in batch if not item.tokens), None)
    if empty is not None:
        raise ValueError(f"slot {empty}: nothing to feed; a prompt needs at least one token, such as BOS")


def check_score(prompt: Sequence[int], tokens: Sequence[int], max_len: int) -> None:
    """Raise ValueError for what a model cannot score: tokens after nothing, or more than its context."""
    if not prompt:
        raise ValueError("prompt: it is empty; scoring needs at least one token to start from, such as BOS")
    if len(prompt) + len(tokens) - 1 > max_len:
        raise ValueError(
            f"tokens: {len(prompt)} of the prompt and {len(tokens)} to score do not fit into the model's context of "
            f"{max_len}; score fewer"
        )


class SlotPool:
    """Which slots are taken. Shared by all samplers of a backend, so that a paused stream keeps its cache."""

    def __init__(self) -> None:
        self._free: list[int] = []
        self._made = 0

    def acquire(self) -> int:
        """The lowest free slot, so that caches stay dense."""
        if self._free:
            return heapq.heappop(self._free)
        self._made += 1
        return self._made - 1

    def release(self, slot: int) -> None:
        heapq.heappush(self._free, slot)
