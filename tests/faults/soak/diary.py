"""What was done to the sweep, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.faults.soak.victim import Line, Victim


@dataclass
class Diary:
    """Counts, and every text that was ever whole on disk."""

    faults: Counter[str] = field(default_factory=Counter)  # "SIGKILL in generation"
    ends: Counter[str] = field(default_factory=Counter)  # of starts in which memory was taken away
    halvings: int = 0
    torn: int = 0
    leftovers: int = 0
    starts: int = 0
    seen: dict[Line, bytes] = field(default_factory=dict)
    tracebacks: list[str] = field(default_factory=list)

    def look(self, victim: Victim) -> None:
        """A text that is there stays as it is, and is there once."""
        now = list(victim.lines())
        twice = [line for line, count in Counter(line for line, _ in now).items() if count > 1]
        assert not twice, f"written twice: {twice[:3]}"
        lost = [line for line, text in self.seen.items() if dict(now).get(line) != text]
        assert not lost, f"lost or changed: {lost[:3]}"
        self.seen = dict(now)
