"""GGUF models through llama.cpp: one sequence per slot, one `llama_decode` for all rows, logits of asked rows only."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import llama_cpp
import torch
from torch import Tensor

from sampler.backends.base import Caps, Extend, Extended, Scored, SlotPool, check_extend, check_score, scored_rows
from sampler.backends.llamacpp_context import Context, ContextSettings, Feed
from sampler.backends.llamacpp_file import GgufModel, open_gguf
from sampler.backends.llamacpp_vocab import vocab_of
from sampler.errors import CacheError, MemoryExhaustedError


class LlamaCppBackend:
    """A GGUF model. Every slot has `n_ctx` positions of its own; the cache grows when more slots are used.

    A context beyond what the model was trained on is cut down to that: positions behind it mean nothing to it.
    llama.cpp multiplies one row and many by different kernels, so a few draws depend on the batch: on a CPU, between
    batch 1 and 16, of 100,000 about 1 with f32 weights and kv_type f32, 100 with kv_type f16, 200 with f16 weights
    (inkling_2m).
    """

    def __init__(self, model: GgufModel, settings: ContextSettings) -> None:
        self._model, self._settings = model, settings
        self.vocab = vocab_of(model)
        self.slots = SlotPool()
        self.caps = _caps(model, settings)
        self._tokens: dict[int, list[int]] = {}  # what each slot stands for
        self._cached: set[int] = set()  # slots whose tokens are in the context; a larger one must be fed them again
        self._context = Context(model, settings, slots=1)

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        n_ctx: int = 2048,
        n_gpu_layers: int = 0,
        n_threads: int | None = None,
        n_batch: int = 512,
        kv_type: str = "f16",
    ) -> Self:
        """Load a GGUF file.

        `n_ctx` is the context of each row, `n_batch` the most tokens of one decode, `n_gpu_layers` -1 means all.
        `n_threads` defaults to the machine's cores: more threads than cores wait for each other. `kv_type` is what
        keys and values are stored as: f32, f16, bf16, or quantised (q8_0, …).
        """
        settings = ContextSettings(n_ctx, n_batch, n_threads or os.cpu_count() or 1, kv_type)
        return cls(open_gguf(path, n_gpu_layers), settings)

    def extend(self, batch: Sequence[Extend]) -> Extended:
        check_extend(batch)
        self._grow(max(item.slot for item in batch) + 1)
        # what the slots hold is unknown until every decode has succeeded
        taken = {item.slot: self._taken(item) for item in batch}
        feeds = [list(self._feeds(row, item, *taken[item.slot])) for row, item in enumerate(batch)]
        parts = list(self._parts([feed for row in feeds for feed in row]))
        # feeds stand in the order of the batch, and the last of each row is wanted
        logits = torch.cat([self._context.decode(part).clone() for part in parts])
        self._tokens |= {slot: tokens for slot, (tokens, _) in taken.items()}
        self._cached |= taken.keys()
        forwards = Counter(row for part in parts for row in {feed.row for feed in part})
        return Extended(logits, tuple(forwards[row] for row in range(len(batch))), tuple(map(len, feeds)))

    def drop(self, slots: Sequence[int]) -> None:
        self._forget(slots)
        self._replace(max((slot + 1 for slot in self._tokens), default=1))

    def score(self, prompt: Sequence[int], tokens: Sequence[int]) -> Tensor:
        return self.scored(prompt, tokens).logprobs

    def scored(self, prompt: Sequence[int], tokens: Sequence[int]) -> Scored:
        check_score(prompt, tokens, self.caps.max_len)
        if not tokens:
            return scored_rows(torch.empty(0, self.vocab.size), tokens)
        slot = self.slots.acquire()
        try:
            self._grow(slot + 1)
            self._forget([slot])
            self._context.clear(slot)
            fed = (*prompt, *tokens[:-1])
            feeds = [Feed(0, slot, i, token, i >= len(prompt) - 1) for i, token in enumerate(fed)]
            rows = (row for part in self._parts(feeds) for row in self._context.decode(part))
            # One row at a time: all of them together would be as large as a vocabulary for each token.
            each = [scored_rows(row[None], (token,)) for token, row in zip(tokens, rows, strict=True)]
            scored = Scored(*map(torch.cat, zip(*each, strict=True)))
            if scored.logprobs.isnan().any():
                self.drop([slot])  # NaN in a cache spoils whoever writes there next, hidden or not
            return scored
        finally:
            self.slots.release(slot)

    def _grow(self, slots: int) -> None:
        """Make room for at least `slots` sequences."""
        have = self._context.slots if self._context.is_open else 0
        limit = llama_cpp.llama_max_parallel_sequences()
        if slots <= have:
            return
        if slots > limit:
            raise ValueError(f"batch_size: {slots} rows at once, but llama.cpp takes {limit} at most; lower it")
        self._replace(min(max(slots, 2 * have), limit))

    def _replace(self, slots: int) -> None:
        """Another context, with room for `slots` sequences. It starts empty: what slots held is fed again.

        Where memory does not suffice, one of the old size is made again, and where it no longer suffices even for that,
        the next call has to try.
        """
        have = self._context.slots
        self._context.close()
        self._cached.clear()
        try:
            self._context = Context(self._model, self._settings, slots)
        except MemoryExhaustedError:
            with suppress(MemoryExhaustedError):
                self._context = Context(self._model, self._settings, have)
            raise

    def _taken(self, item: Extend) -> tuple[list[int], int]:
        """What the slot is to hold, and how much of it its sequence holds already, cut there or cleared."""
        held = self._tokens.get(item.slot, [])
        if item.keep > len(held):
            raise CacheError(f"slot {item.slot}: asked to keep {item.keep} tokens, but it holds {len(held)}")
        start = item.keep if self._kept(item, len(held)) else 0
        if start == 0:
            self._context.clear(item.slot)
        self._forget([item.slot])
        del held[item.keep :]
        held.extend(item.tokens)
        return held, start

    def _kept(self, item: Extend, held: int) -> bool:
        """Whether the slot's sequence, which stands for `held` tokens, now holds exactly those to keep."""
        if item.keep == 0 or item.slot not in self._cached:
            return False
        return item.keep == held or self._context.cut(item.slot, item.keep)

    def _feeds(self, row: int, item: Extend, tokens: Sequence[int], start: int) -> Iterator[Feed]:
        for position in range(start, len(tokens)):
            yield Feed(row, item.slot, position, tokens[position], wanted=position == len(tokens) - 1)

    def _forget(self, slots: Iterable[int]) -> None:
        for slot in slots:
            self._tokens.pop(slot, None)
            self._cached.discard(slot)

    def _parts(self, feeds: Sequence[Feed]) -> Iterator[Sequence[Feed]]:
        for start in range(0, len(feeds), self._settings.n_batch):
            yield feeds[start : start + self._settings.n_batch]


def _caps(model: GgufModel, settings: ContextSettings) -> Caps:
    max_len = min(settings.n_ctx, model.trained_context or settings.n_ctx)
    count = int(llama_cpp.llama_model_n_params(model.pointer))
    if llama_cpp.llama_model_is_recurrent(model.pointer) or llama_cpp.llama_model_is_hybrid(model.pointer):
        return Caps(max_len, rewind="replay", why="replay: the model is recurrent", parameters=count)
    why = "exact: llama.cpp cuts sequences, and says if it cannot"
    return Caps(max_len, rewind="exact", why=why, parameters=count)
