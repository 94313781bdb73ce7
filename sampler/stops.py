"""Stop strings: where a text ends, and how much of it must wait because a stop string may have begun."""

from __future__ import annotations

from sampler.text import TextStack


def first_stop(text: TextStack, stops: tuple[str, ...], piece: str) -> int | None:
    """Offset of the earliest stop string that the newest `piece` completes; None if it completes none."""
    if not stops or not piece:
        return None
    begin = max(len(text) - len(piece) - max(map(len, stops)) + 1, 0)
    window = text.between(begin, len(text))
    starts = [start for stop in stops if (start := window.find(stop)) >= 0]
    return begin + min(starts) if starts else None


def open_stop(text: str, stops: tuple[str, ...]) -> int:
    """Length of the longest suffix of `text` that begins a stop string without completing it."""
    longest = max(map(len, stops), default=1) - 1
    for length in range(min(longest, len(text)), 0, -1):
        if any(len(stop) > length and stop.startswith(text[-length:]) for stop in stops):
            return length
    return 0
