"""How much memory the tensors of a running sampler hold, by what they are."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sampler.backends.base import Backend, Extend, Extended

STATM = Path("/proc/self/statm")


@dataclass(frozen=True)
class Held:
    """Bytes, after so many steps of the model."""

    steps: int
    logits: int  # tensors as wide as the vocabulary
    cache: int  # keys and values
    resident: int | None  # of the whole process; None where the system does not say


class Watching:
    """A backend that counts what is held, at every `every`-th step, before it takes it."""

    def __init__(self, backend: Backend, model: Any, every: int) -> None:
        self.caps, self.vocab, self.slots = backend.caps, backend.vocab, backend.slots
        self.held: list[Held] = []
        self._backend, self._every, self._steps = backend, every, 0
        config = model.config.get_text_config()
        self._width, self._heads = self.vocab.size, config.num_key_value_heads
        gc.collect()
        self._before = {where for where, _ in _storages()}  # weights, and what others hold

    def extend(self, batch: Sequence[Extend]) -> Extended:
        if self._steps % self._every == 0:
            self.count()
        self._steps += 1
        return self._backend.extend(batch)

    def drop(self, slots: Sequence[int]) -> None:
        self._backend.drop(slots)

    def score(self, prompt: Sequence[int], tokens: Sequence[int]) -> Tensor:
        return self._backend.score(prompt, tokens)

    def count(self) -> Held:
        """Count now; each storage once, however many tensors look into it."""
        logits, cache = {}, {}
        for where, tensor in _storages():
            if where in self._before:
                continue
            if tensor.dim() == 4 and tensor.shape[1] == self._heads:
                cache[where] = tensor.untyped_storage().nbytes()
            elif tensor.dim() and tensor.shape[-1] == self._width:
                logits[where] = tensor.untyped_storage().nbytes()
        self.held.append(Held(self._steps, sum(logits.values()), sum(cache.values()), resident()))
        return self.held[-1]


def resident() -> int | None:
    """Bytes of this process that are in memory."""
    if not STATM.exists():
        return None
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _storages() -> Iterator[tuple[int, Tensor]]:
    """Every tensor that Python knows, with the address of its storage."""
    for thing in gc.get_objects():
        if issubclass(type(thing), torch.Tensor) and thing.layout is torch.strided:
            yield thing.untyped_storage().data_ptr(), thing
