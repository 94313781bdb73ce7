"""A key/value cache for ragged batches: every row writes at its own positions, column = position.

Nothing is ever cropped. A rewind moves a row's next position back; stale columns behind it are hidden by the mask
and overwritten later. So rows of any lengths share one forward, rewinds cost nothing, and slots can be reused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

COLUMNS = 64  # caches grow by whole blocks of this many positions


@dataclass(frozen=True)
class Placement:
    """Where the B rows of one forward write, T tokens each."""

    slots: Tensor  # [B]
    positions: Tensor  # [B, T]
    columns: int  # positions any row of this forward may look at: 0..columns-1
    block: slice | None  # the slots as a slice, when they are neighbours: then reading the cache copies nothing

    @classmethod
    def of(cls, slots: Sequence[int], starts: Sequence[int], count: int, device: torch.device) -> Placement:
        """Rows in `slots` write `count` tokens each, from `starts` on."""
        neighbours = list(slots) == list(range(slots[0], slots[0] + len(slots)))
        first = torch.tensor(starts, device=device)
        return cls(
            slots=torch.tensor(slots, device=device),
            positions=first[:, None] + torch.arange(count, device=device),
            columns=max(starts) + count,
            block=slice(slots[0], slots[0] + len(slots)) if neighbours else None,
        )

    def mask(self, dtype: torch.dtype, window: int | None = None) -> Tensor:
        """Additive attention mask [B, 1, T, columns]: each token sees itself and what is before it, `window` wide."""
        column = torch.arange(self.columns, device=self.positions.device)
        distance = self.positions[:, None, :, None] - column
        seen = distance >= 0 if window is None else (distance >= 0) & (distance < window)
        return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, torch.finfo(dtype).min)


class RaggedLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]
    """Keys and values [slots, heads, capacity, head_dim] of one layer, growing as slots and positions are used."""

    keys: Tensor
    values: Tensor

    def __init__(self, cache: RaggedCache) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._cache = cache

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        self.dtype, self.device = key_states.dtype, key_states.device
        # zeros, not empty: a hidden column still meets its attention weight of 0, and 0 x NaN is NaN
        self.keys = key_states.new_zeros((0, key_states.shape[1], 0, key_states.shape[3]))
        self.values = value_states.new_zeros((0, value_states.shape[1], 0, value_states.shape[3]))
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Write [B, heads, T, head_dim] at the current placement; return what its rows may look at."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        where = self._cache.placement
        self.keys = _written(self.keys, key_states, where)
        self.values = _written(self.values, value_states, where)
        return _read(self.keys, where), _read(self.values, where)

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self._cache.placement.columns, 0

    def get_seq_length(self) -> int:
        where = self._cache.placement
        return where.columns - where.positions.shape[1]

    def get_max_length(self) -> int:
        return -1


class RaggedCache(Cache):
    """One RaggedLayer per layer of the model; `placement` is set before each forward."""

    placement: Placement

    def __init__(self, layers: int) -> None:
        super().__init__(layers=[RaggedLayer(self) for _ in range(layers)])


def _written(stored: Tensor, new: Tensor, where: Placement) -> Tensor:
    stored = _grown(stored, int(where.slots.max()) + 1, where.columns)
    stored[where.slots[:, None], :, where.positions] = new.transpose(1, 2)
    return stored


def _read(stored: Tensor, where: Placement) -> Tensor:
    seen = stored[:, :, : where.columns]
    return seen[where.block] if where.block is not None else seen.index_select(0, where.slots)


def _grown(stored: Tensor, slots: int, columns: int) -> Tensor:
    """`stored` with room for `slots` and `columns`; capacity at least doubles, so growing stays linear in the end."""
    have_slots, have_columns = stored.shape[0], stored.shape[2]
    if slots <= have_slots and columns <= have_columns:
        return stored
    if columns > have_columns:
        columns = max(-(-columns // COLUMNS) * COLUMNS, 2 * have_columns)
    shape = (max(slots, have_slots), stored.shape[1], max(columns, have_columns), stored.shape[3])
    grown = stored.new_zeros(shape)
    grown[:have_slots, :, :have_columns] = stored
    return grown
