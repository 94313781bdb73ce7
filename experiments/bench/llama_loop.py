"""The same `llama_decode` loop without a strategy: llama.cpp's C interface, one context, one batch per step."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import llama_cpp
import numpy as np
import torch
from torch import Tensor

from experiments.bench.subjects import Tokens
from experiments.bench.timing import Side, Written
from sampler.backends.llamacpp_context import ContextSettings
from sampler.backends.llamacpp_file import GgufModel


def llama_loop(model: GgufModel, settings: ContextSettings, prompts: Sequence[Tokens]) -> Side:
    """All prompts at once, each in a sequence of its own; the context is made before the clock starts, as ours is."""
    loop = LlamaLoop(model, settings, len(prompts))

    def run(seed: int, tokens: int) -> Written:
        torch.manual_seed(seed)
        return Written(sum(map(len, loop.write(prompts, tokens))))

    return Side("`llama_decode` loop without a strategy", run)


class LlamaLoop:
    """A context for `rows` sequences, under the same parameters as LlamaCppBackend's."""

    def __init__(self, model: GgufModel, settings: ContextSettings, rows: int) -> None:
        self._model, self._room = model, max(settings.n_batch, rows)
        self._context = llama_cpp.llama_init_from_model(model.pointer, settings.params(rows))
        self._batch = llama_cpp.llama_batch_init(self._room, 0, 1)
        self._width = llama_cpp.llama_vocab_n_tokens(model.vocab)
        weakref.finalize(self, llama_cpp.llama_batch_free, self._batch)
        weakref.finalize(self, llama_cpp.llama_free, self._context)

    def write(self, prompts: Sequence[Tokens], tokens: int) -> list[list[int]]:
        """`tokens` draws for every prompt, at temperature 1."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._context), True)
        texts: list[list[int]] = [[] for _ in prompts]
        logits = torch.stack([self._prefilled(row, prompt) for row, prompt in enumerate(prompts)])
        for step in range(tokens):
            if step:
                places = [len(prompt) + step - 1 for prompt in prompts]
                logits = self._decode([(row, place, texts[row][-1], True) for row, place in enumerate(places)])
            drawn = torch.multinomial(logits.softmax(-1), 1)[:, 0].tolist()
            for text, token in zip(texts, drawn, strict=True):
                text.append(token)
        return texts

    def _prefilled(self, row: int, prompt: Tokens) -> Tensor:
        last = len(prompt) - 1
        return self._decode([(row, place, token, place == last) for place, token in enumerate(prompt)])[0].clone()

    def _decode(self, feeds: Sequence[tuple[int, int, int, bool]]) -> Tensor:
        """(sequence, position, token, wanted) of each token → logits [wanted, V], overwritten by the next decode."""
        batch: Any = self._batch
        batch.n_tokens = len(feeds)
        for i, (row, place, token, wanted) in enumerate(feeds):
            batch.token[i], batch.pos[i], batch.logits[i] = token, place, wanted
            batch.n_seq_id[i], batch.seq_id[i][0] = 1, row
        status = llama_cpp.llama_decode(self._context, batch)
        assert status == 0, f"llama_decode gave {status}"
        shape = (sum(wanted for *_, wanted in feeds), self._width)
        found = np.ctypeslib.as_array(llama_cpp.llama_get_logits(self._context), shape=shape)
        return torch.from_numpy(found)
