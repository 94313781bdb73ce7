"""Which rows of a long table are on the screen: those where something happens."""

from __future__ import annotations

from collections.abc import Sequence

from harness.progress.row import RUNNING, State


def window(states: Sequence[State], room: int) -> list[int]:
    """At most `room` indices, in order: around the running rows, or where the last one ended.

    Running rows too far apart for one stretch stand alone, and the first of them if they are too many as well.
    """
    running = [index for index, state in enumerate(states) if state in RUNNING] or [_edge(states)]
    first, last = running[0], running[-1]
    if last - first >= room:
        return running[:room]
    before = (room - (last - first + 1)) // 3  # the rest is for what comes next
    start = max(min(first - before, len(states) - room), 0)
    return list(range(start, min(start + room, len(states))))


def _edge(states: Sequence[State]) -> int:
    """The last row that has ended, or the first."""
    return max((index for index, state in enumerate(states) if state != "waiting"), default=0)
