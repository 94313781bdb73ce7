"""Stop strings: where a text ends, and whether one may have begun."""

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


def open_stop(text: TextStack, stops: tuple[str, ...]) -> bool:
    """Whether a suffix of `text` begins a stop string without completing it.

    Nothing is settled then, whatever the strategy says: the characters that would be cut off may have made a word
    boundary that the strategy relied on.
    """
    if not stops:
        return False
    longest = max(map(len, stops)) - 1
    tail = text.between(max(len(text) - longest, 0), len(text)) if longest else ""
    suffixes = (tail[begin:] for begin in range(len(tail)))
    return any(len(stop) > len(suffix) and stop.startswith(suffix) for suffix in suffixes for stop in stops)
