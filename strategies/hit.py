"""Where something that a strategy looks for stands in a text."""

from __future__ import annotations

from typing import NamedTuple


class Hit(NamedTuple):
    """Entry number `entry` stands at characters `start..end` of the continuation (`start < 0`: in the prompt)."""

    start: int
    end: int
    entry: int


def order(hit: Hit) -> tuple[int, int, int]:
    """Earliest start first, then longest, then first in the list."""
    return hit.start, -hit.end, hit.entry
