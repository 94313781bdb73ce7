"""Which strategies ask a person, and so need the terminal for themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

ASKS = "human_guidance"


def asks_a_person(strategy: object) -> bool:
    """Whether a group of settings names such a strategy, inner ones included."""
    return ASKS in _names(strategy)


def _names(group: object) -> Iterator[str]:
    """Every text in the group."""
    if isinstance(group, str):
        yield group
    elif isinstance(group, Mapping):
        yield from _names(list(group.values()))
    elif isinstance(group, list | tuple):
        for part in group:
            yield from _names(part)
