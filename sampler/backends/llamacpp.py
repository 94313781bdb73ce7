"""GGUF models through llama.cpp: one sequence per slot, one `llama_decode` for all rows, logits of asked rows only."""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import llama_cpp
import numpy as np
import torch
from torch import Tensor

from sampler.backends.base import Caps, Extend, Extended, SlotPool
from sampler.backends.llamacpp_vocab import vocab_of
from sampler.errors import CacheError


class Feed(NamedTuple):
    """One token of one row, on its way into a batch of llama.cpp."""

    row: int  # in the extend's batch
    slot: int
    position: int
    token: int
    last: bool  # the logits after it are wanted


class LlamaCppBackend:
    """A GGUF model. Every slot has `n_ctx` positions of its own; the cache grows when more slots are used."""

    def __init__(self, model: Any, n_ctx: int, n_batch: int, n_threads: int) -> None:
        """Takes over a model loaded by llama.cpp; use `from_file`."""
        self._model, self._n_ctx, self._n_batch, self._n_threads = model, n_ctx, n_batch, n_threads
        self._free_model = weakref.finalize(self, llama_cpp.llama_model_free, model)
        self.vocab = vocab_of(model, keep_alive=self._free_model)
        self.slots = SlotPool()
        replays = llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model)
        why = "replay: the model is recurrent" if replays else "exact: llama.cpp cuts sequences, and says if it cannot"
        self.caps = Caps(max_len=n_ctx, rewind="replay" if replays else "exact", why=why)
        self._held: dict[int, tuple[int, ...]] = {}  # tokens in the cache, by slot
        self._lost: dict[int, tuple[int, ...]] = {}  # tokens a slot held in a smaller context, to be fed again
        self._n_slots = 0
        self._free_context: weakref.finalize[[Any], Any] | None = None
        self._grow(1)

    @classmethod
    def from_file(
        cls,
        path: str | Path,
        n_ctx: int = 2048,
        n_gpu_layers: int = 0,
        n_threads: int | None = None,
        n_batch: int = 512,
    ) -> Self:
        """Load a GGUF file. `n_ctx` is the context of each row, `n_batch` the most tokens of one decode.

        `n_threads` defaults to the machine's cores: more threads than cores wait for each other.
        """
        file = Path(path)
        if not file.is_file():
            raise FileNotFoundError(f"model.path: {file} is not a file; give a .gguf file")
        with file.open("rb") as handle:
            if handle.read(4) != b"GGUF":
                raise ValueError(f"model.path: {file} is no GGUF file: it does not begin with the bytes GGUF")
        llama_cpp.llama_log_set(_silence, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = n_gpu_layers
        model = llama_cpp.llama_model_load_from_file(str(file).encode(), params)
        if not model:
            raise ValueError(
                f"model.path: llama.cpp cannot load {file}; it is truncated, damaged, or of an unknown kind"
            )
        return cls(model, n_ctx, n_batch, n_threads or os.cpu_count() or 1)

    def extend(self, batch: Sequence[Extend]) -> Extended:
        self._grow(max(item.slot for item in batch) + 1)
        feeds: list[Feed] = []
        for row, item in enumerate(batch):
            feeds.extend(self._feeds(row, item))
        logits = torch.empty((len(batch), self.vocab.size), dtype=torch.float32)
        forwards, fed = [0] * len(batch), [0] * len(batch)
        for start in range(0, len(feeds), self._n_batch):
            part = feeds[start : start + self._n_batch]
            self._decode(part, logits)
            for row in {feed.row for feed in part}:
                forwards[row] += 1
        for feed in feeds:
            fed[feed.row] += 1
        return Extended(logits, tuple(forwards), tuple(fed))

    def score(self, prompt: Sequence[int], tokens: Sequence[int]) -> Tensor:
        slot = self.slots.acquire()
        try:
            scores, context = [], tuple(prompt)
            for token in tokens:
                keep = 0 if context == tuple(prompt) else len(context) - 1
                row = self.extend([Extend(slot, keep, context[keep:])]).logits[0].double()
                scores.append(row.log_softmax(0)[token])
                context += (token,)
            return torch.stack(scores) if scores else torch.empty(0, dtype=torch.float64)
        finally:
            self.slots.release(slot)

    # -- the context -----------------------------------------------------------------------------------------------

    def _grow(self, slots: int) -> None:
        """Make a context for at least `slots` sequences. A larger one starts empty: what slots held is fed again."""
        if slots <= self._n_slots:
            return
        if self._free_context is not None:
            self._free_context()
        self._n_slots = max(slots, 2 * self._n_slots)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_seq_max = self._n_ctx * self._n_slots, self._n_slots
        params.n_batch = params.n_ubatch = self._n_batch
        params.kv_unified, params.no_perf = False, True
        params.n_threads = params.n_threads_batch = self._n_threads
        context = llama_cpp.llama_init_from_model(self._model, params)
        if not context:
            raise CacheError(f"llama.cpp cannot make a context of {self._n_slots} x {self._n_ctx} tokens; lower n_ctx")
        self._context = context
        # The context must go before the model it was made from: finalizers run last made, first called.
        self._free_context = weakref.finalize(self, llama_cpp.llama_free, context)
        self._lost |= self._held
        self._held = {}

    def _feeds(self, row: int, item: Extend) -> Iterator[Feed]:
        """What must be fed for one row, after cutting its sequence, or clearing it where it cannot be cut."""
        held = self._held.get(item.slot, self._lost.get(item.slot, ()))
        if item.keep > len(held):
            raise CacheError(f"slot {item.slot}: asked to keep {item.keep} tokens, but it holds {len(held)}")
        if not item.tokens:
            raise ValueError(f"slot {item.slot}: nothing to feed; a prompt needs at least one token, such as BOS")
        tokens = held[: item.keep] + item.tokens
        start = item.keep if item.slot in self._held and self._cut(item.slot, item.keep, len(held)) else 0
        if start == 0:
            self._clear(item.slot)
        self._held[item.slot] = tokens
        for position in range(start, len(tokens)):
            yield Feed(row, item.slot, position, tokens[position], position == len(tokens) - 1)

    def _cut(self, slot: int, keep: int, held: int) -> bool:
        """Whether the sequence now holds exactly `keep` tokens; llama.cpp says False where it cannot cut."""
        memory = llama_cpp.llama_get_memory(self._context)
        return keep == held or bool(llama_cpp.llama_memory_seq_rm(memory, slot, keep, -1))

    def _clear(self, slot: int) -> None:
        memory = llama_cpp.llama_get_memory(self._context)
        if not llama_cpp.llama_memory_seq_rm(memory, slot, -1, -1):
            raise CacheError(f"slot {slot}: llama.cpp cannot remove the sequence")

    def _decode(self, feeds: Sequence[Feed], logits: Tensor) -> None:
        """One llama_decode; fills the rows of `logits` [B, V] whose last token is among `feeds`."""
        batch = llama_cpp.llama_batch_init(len(feeds), 0, 1)
        try:
            batch.n_tokens = len(feeds)
            for i, feed in enumerate(feeds):
                batch.token[i], batch.pos[i] = feed.token, feed.position
                batch.n_seq_id[i], batch.seq_id[i][0] = 1, feed.slot
                batch.logits[i] = feed.last
            status = llama_cpp.llama_decode(self._context, batch)
            if status:
                raise CacheError(f"llama_decode gave {status} for {len(feeds)} tokens in {self._n_slots} slots")
            for i, feed in enumerate(feeds):
                if feed.last:
                    row = llama_cpp.llama_get_logits_ith(self._context, i)
                    logits[feed.row] = torch.from_numpy(np.ctypeslib.as_array(row, shape=(self.vocab.size,)))
        finally:
            llama_cpp.llama_batch_free(batch)


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
def _silence(level: int, text: bytes, user_data: ctypes.c_void_p) -> None:
    """llama.cpp tells its life story on stderr; what matters comes back as an error."""
