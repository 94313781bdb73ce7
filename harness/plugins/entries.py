"""What installed packages offer, by their entry points: name → class. Nothing is loaded here.

[project.entry-points."backtrack_harness.strategies"]
short_sentences = "nice_bans.short_sentences:ShortSentences"
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

GROUP = "backtrack_harness.strategies"


@cache
def offered() -> Mapping[str, tuple[EntryPoint, ...]]:
    """By name. More than one under a name is for nobody to choose."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for entry in entry_points(group=GROUP):
        found[entry.name] = (*found.get(entry.name, ()), entry)
    return found


def whose(entry: EntryPoint) -> str:
    """The package with its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.module
