"""A llama.cpp context: sequences that are cut, cleared and decoded, in a cache of a chosen type."""

from __future__ import annotations

import ctypes
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import llama_cpp
import numpy as np
import torch
from torch import Tensor

from sampler.backends.llamacpp_file import GgufModel, complaint, forget_complaints
from sampler.errors import CacheError, MemoryExhaustedError

# The types that llama.cpp keeps keys and values in, by their GGML numbers.
KV_TYPES = {
    "f32": llama_cpp.GGML_TYPE_F32,
    "f16": llama_cpp.GGML_TYPE_F16,
    "bf16": 30,  # GGML_TYPE_BF16, which the binding does not name
    "q8_0": llama_cpp.GGML_TYPE_Q8_0,
    "q5_1": llama_cpp.GGML_TYPE_Q5_1,
    "q5_0": llama_cpp.GGML_TYPE_Q5_0,
    "q4_1": llama_cpp.GGML_TYPE_Q4_1,
    "q4_0": llama_cpp.GGML_TYPE_Q4_0,
    "iq4_nl": llama_cpp.GGML_TYPE_IQ4_NL,
}
FLOATS = ("f32", "f16", "bf16")
INTS = ctypes.POINTER(ctypes.c_int32)


class Feed(NamedTuple):
    """One token of one row, on its way into a decode."""

    row: int  # in the caller's batch
    slot: int
    position: int
    token: int
    wanted: bool  # the logits after it


@dataclass(frozen=True)
class ContextSettings:
    """How a context computes. Raises ValueError for what llama.cpp would not take."""

    n_ctx: int  # tokens of each sequence
    n_batch: int  # most tokens of one decode
    n_threads: int
    kv_type: str

    def __post_init__(self) -> None:
        for name in ("n_ctx", "n_batch", "n_threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} is below 1; use a positive integer")
        if self.kv_type not in KV_TYPES:
            raise ValueError(f"kv_type: {self.kv_type!r} is unknown; use one of {', '.join(KV_TYPES)}")

    def params(self, slots: int) -> Any:
        """llama_context_params for `slots` sequences, each with a stream of its own.

        A sliding window keeps all its positions (`swa_full`), so that it can be cut anywhere.
        """
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_seq_max = self.n_ctx * slots, slots
        params.n_batch = params.n_ubatch = max(self.n_batch, slots)  # llama.cpp asserts room for a token of each
        params.n_threads = params.n_threads_batch = self.n_threads
        params.type_k = params.type_v = KV_TYPES[self.kv_type]
        params.flash_attn_type = self._flash_attention()
        params.kv_unified, params.swa_full, params.no_perf = False, True, True
        return params

    def _flash_attention(self) -> int:
        """Quantised values can be read by flash attention alone. On a CPU it rounds to f16, so f32 goes without it."""
        if self.kv_type not in FLOATS:
            return int(llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED)
        if self.kv_type == "f32":
            return int(llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED)
        return int(llama_cpp.LLAMA_FLASH_ATTN_TYPE_AUTO)


class Context:
    """Sequences 0..slots-1 of one model. It goes before the model it was made from."""

    def __init__(self, model: GgufModel, settings: ContextSettings, slots: int) -> None:
        self._model, self._settings, self.slots = model, settings, slots
        forget_complaints()
        context = llama_cpp.llama_init_from_model(model.pointer, settings.params(slots))
        if not context:
            raise _refusal(settings, slots)
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        self._batch = TokenBatch(settings.n_batch)
        self._width = llama_cpp.llama_vocab_n_tokens(model.vocab)
        # finalizers run last made, first called: the context before its model
        self.close = weakref.finalize(self, llama_cpp.llama_free, context)

    @property
    def is_open(self) -> bool:
        """Whether llama.cpp still holds it; it must not be handed another call when it does not."""
        return self.close.alive

    def cut(self, slot: int, keep: int) -> bool:
        """Keep the first `keep` tokens of a sequence. False where llama.cpp cannot: its state is then unknown."""
        removed = llama_cpp.llama_memory_seq_rm(self._memory, slot, keep, -1)
        # a sliding window may have dropped the tokens that the kept ones look back at
        return bool(removed) and llama_cpp.llama_memory_seq_pos_min(self._memory, slot) == 0

    def clear(self, slot: int) -> None:
        if not llama_cpp.llama_memory_seq_rm(self._memory, slot, -1, -1):
            raise CacheError(f"slot {slot}: llama.cpp cannot remove the sequence")

    def decode(self, feeds: Sequence[Feed]) -> Tensor:
        """One llama_decode of at most `n_batch` tokens.

        Returns the logits [wanted, V] float32 in the order of `feeds`: a view that the next decode overwrites.
        """
        status = llama_cpp.llama_decode(self._context, self._batch.filled(feeds))
        if status:
            raise CacheError(f"llama_decode gave {status} for {len(feeds)} tokens in {self.slots} slots")
        wanted = sum(feed.wanted for feed in feeds)
        if not wanted:
            return torch.empty((0, self._width))
        rows = np.ctypeslib.as_array(llama_cpp.llama_get_logits(self._context), shape=(wanted, self._width))
        return torch.from_numpy(rows)


class TokenBatch:
    """llama.cpp's batch over arrays of our own: made once, filled for each decode."""

    def __init__(self, room: int) -> None:
        self._tokens, self._positions, self._slots = (np.zeros(room, dtype=np.int32) for _ in range(3))
        self._wanted = np.zeros(room, dtype=np.int8)
        self._ones = np.ones(room, dtype=np.int32)  # sequences of each token
        step = self._slots.itemsize
        self._slots_at = self._slots.ctypes.data + step * np.arange(room, dtype=np.uintp)
        self._batch = llama_cpp.llama_batch(
            token=self._tokens.ctypes.data_as(INTS),
            pos=self._positions.ctypes.data_as(INTS),
            n_seq_id=self._ones.ctypes.data_as(INTS),
            seq_id=self._slots_at.ctypes.data_as(ctypes.POINTER(INTS)),
            logits=self._wanted.ctypes.data_as(ctypes.POINTER(ctypes.c_int8)),
        )

    def filled(self, feeds: Sequence[Feed]) -> Any:
        """The struct with these tokens in it."""
        n = self._batch.n_tokens = len(feeds)
        self._slots[:n] = [feed.slot for feed in feeds]
        self._positions[:n] = [feed.position for feed in feeds]
        self._tokens[:n] = [feed.token for feed in feeds]
        self._wanted[:n] = [feed.wanted for feed in feeds]
        return self._batch


def _refusal(settings: ContextSettings, slots: int) -> Exception:
    if settings.kv_type not in FLOATS:
        return ValueError(
            f"kv_type: llama.cpp keeps no {settings.kv_type} cache for this model ({complaint()}); quantised values "
            "need flash attention and heads of whole blocks, use f16, bf16 or f32"
        )
    return MemoryExhaustedError(
        f"n_ctx: llama.cpp cannot make a context of {slots} x {settings.n_ctx} tokens ({complaint()}); "
        "lower n_ctx or the batch size"
    )
