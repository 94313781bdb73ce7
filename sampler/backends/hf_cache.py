"""A key/value cache for ragged batches: every row writes at its own positions, column = position.

Nothing is ever cropped. A rewind moves a row's next position back; stale columns behind it are hidden by the mask
and overwritten later. So rows of any lengths share one forward, rewinds cost nothing, and slots can be reused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

COLUMNS = 64  # caches grow by whole blocks of this many positions


@dataclass(frozen=True)
class Placement:
    """Where the B rows of one forward write, T tokens each: into neighbouring lines, so that reading copies nothing."""

    lines: slice  # of the cache
    positions: Tensor  # [B, T]
    columns: int  # positions any row of this forward may look at: 0..columns-1
    even: bool  # all rows write the last T columns

    @classmethod
    def of(cls, first: int, starts: Sequence[int], count: int, device: torch.device) -> Placement:
        """The lines from `first` on write `count` tokens each, from `starts` on."""
        return cls(
            lines=slice(first, first + len(starts)),
            positions=torch.tensor([range(start, start + count) for start in starts], device=device),
            columns=max(starts) + count,
            even=min(starts) == max(starts),
        )

    @cached_property
    def line_ids(self) -> Tensor:
        """The lines [B, 1], for rows that write at different columns."""
        return torch.arange(self.lines.start, self.lines.stop, device=self.positions.device)[:, None]

    @property
    def hides_nothing(self) -> bool:
        """Every row may look at every column, if no window is set."""
        return self.even and self.positions.shape[1] == 1

    def mask(self, dtype: torch.dtype, window: int | None = None) -> Tensor:
        """Additive attention mask [B, 1, T, columns]: each token sees itself and what is before it, `window` wide."""
        column = torch.arange(self.columns, device=self.positions.device)
        distance = self.positions[:, None, :, None] - column
        seen = distance >= 0 if window is None else (distance >= 0) & (distance < window)
        return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, torch.finfo(dtype).min)


class Line(NamedTuple):
    """A row of the cache."""

    number: int
    held: int  # leading columns that count; what is behind them is stale


class RaggedLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]
    """Keys and values [lines, heads, capacity, head_dim] of one layer, growing as lines and positions are used."""

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

    def swap(self, a: Line, b: Line) -> None:
        """Exchange what two lines hold."""
        if self.is_initialized:
            self.keys, self.values = _swapped(self.keys, a, b), _swapped(self.values, a, b)

    def clear(self, line: int) -> None:
        """Zeros again, stale columns too: a line that moves later brings only the columns that count."""
        if self.is_initialized:
            for stored in (self.keys, self.values):  # of different sizes where memory ran out between them
                stored[line : line + 1] = 0.0

    def cut(self, lines: int) -> None:
        """Keep the first `lines`; their memory is all that is still used."""
        if self.is_initialized:
            self.keys, self.values = self.keys[:lines].clone(), self.values[:lines].clone()

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
    """One RaggedLayer per layer of the model; `placement` is set before each forward.

    Every slot has a line of its own. Rows that go through the model together are moved next to each other first,
    which costs a swap of two lines where a row has left or joined, and nothing where none has.
    `held` says how many tokens each slot holds.
    """

    placement: Placement
    held: dict[int, int]

    def __init__(self, layers: int) -> None:
        self._ragged = [RaggedLayer(self) for _ in range(layers)]
        super().__init__(layers=[*self._ragged])
        self.held = {}
        self._line_of: dict[int, int] = {}  # by slot
        self._slot_of: dict[int, int] = {}  # by line

    def line(self, slot: int) -> int:
        """The line of `slot`, given to it when it is first asked for."""
        if slot not in self._line_of:
            self._seat(slot, len(self._line_of))
        return self._line_of[slot]

    def together(self, slots: Sequence[int]) -> int:
        """Bring the lines of `slots` next to each other, in any order; returns the first of them."""
        lines = [self.line(slot) for slot in slots]
        first = min(lines)
        block = range(first, first + len(lines))
        holes = sorted(set(block).difference(lines))
        outside = sorted(line for line in lines if line not in block)
        for hole, line in zip(holes, outside, strict=True):
            self._swap(hole, line)
        return first

    def drop(self, slots: Sequence[int]) -> None:
        """Give back the lines of `slots`."""
        dropped = set(slots)
        for slot in dropped:
            self.held.pop(slot, None)
            for layer in self._ragged if slot in self._line_of else ():
                layer.clear(self._line_of[slot])
        stay = [slot for slot in self._line_of if slot not in dropped]
        for line, slot in enumerate(stay):
            if self._line_of[slot] != line:
                self._swap(line, self._line_of[slot])
        self._line_of = {slot: line for line, slot in enumerate(stay)}
        self._slot_of = dict(enumerate(stay))
        for layer in self._ragged:
            layer.cut(len(stay))

    def _swap(self, a: int, b: int) -> None:
        slot_a, slot_b = self._slot_of[a], self._slot_of[b]
        for layer in self._ragged:
            layer.swap(Line(a, self.held.get(slot_a, 0)), Line(b, self.held.get(slot_b, 0)))
        self._seat(slot_a, b)
        self._seat(slot_b, a)

    def _seat(self, slot: int, line: int) -> None:
        self._line_of[slot], self._slot_of[line] = line, slot


def _written(stored: Tensor, new: Tensor, where: Placement) -> Tensor:
    stored = _grown(stored, where.lines.stop, where.columns)
    if where.even:
        stored[where.lines, :, where.columns - new.shape[2] : where.columns] = new
    else:
        stored[where.line_ids, :, where.positions] = new.transpose(1, 2)
    return stored


def _swapped(stored: Tensor, a: Line, b: Line) -> Tensor:
    stored = _grown(stored, max(a.number, b.number) + 1, stored.shape[2])
    moved = stored[a.number, :, : a.held].clone()
    stored[a.number, :, : b.held] = stored[b.number, :, : b.held]
    stored[b.number, :, : a.held] = moved
    # What is left of a longer row may be NaN, which a mask does not hide: 0 x NaN is NaN.
    stored[a.number, :, b.held : a.held] = 0.0
    stored[b.number, :, a.held : b.held] = 0.0
    return stored


def _read(stored: Tensor, where: Placement) -> Tensor:
    return stored[where.lines, :, : where.columns]


def _grown(stored: Tensor, lines: int, columns: int) -> Tensor:
    """`stored` with room for `lines` and `columns`; capacity at least doubles, so growing stays linear in the end."""
    have_lines, have_columns = stored.shape[0], stored.shape[2]
    if lines <= have_lines and columns <= have_columns:
        return stored
    if columns > have_columns:
        columns = max(-(-columns // COLUMNS) * COLUMNS, 2 * have_columns)
    shape = (max(lines, have_lines), stored.shape[1], max(columns, have_columns), stored.shape[3])
    grown = stored.new_zeros(shape)
    grown[:have_lines, :, :have_columns] = stored
    return grown
