"""How often the table is drawn."""

from __future__ import annotations

from collections import deque

LEAST_SECONDS, MOST_SECONDS = 0.5, 5.0  # between two frames; a table that stands still for longer seems to be dead
SHARE_OF_TIME = 0.01  # at most so much of a core goes into drawing: the larger the sweep, the rarer the frames


class Rhythm:
    """Goes by the cheapest of the last frames: a garbage collection that fell into one is not its cost."""

    def __init__(self) -> None:
        self._costs: deque[float] = deque(maxlen=3)

    def rest_after(self, cost: float) -> float:
        """Seconds until the next frame, after one that took so many seconds of a core."""
        self._costs.append(cost)
        return min(max(LEAST_SECONDS, min(self._costs) / SHARE_OF_TIME), MOST_SECONDS)
