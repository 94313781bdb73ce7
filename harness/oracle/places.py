"""Places coarser than all that a row remembers, for strategies whose laws could not be walked otherwise."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from sampler.row import Row


def walk_place(row: Row) -> Hashable:
    """Of the states further up VGB's walk reads its matcher's place only; the moves that were left there are past."""
    *earlier, last = row.states
    return tuple(row.tokens), tuple(walk.place for walk in earlier), last


PLACES: dict[str, Callable[[Row], Hashable]] = {"vgb": walk_place}
