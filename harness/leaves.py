"""Nested settings, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def leaves(group: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every value that is no group, under its dotted key.

    >>> dict(leaves({"decoding": {"temperature": 0.7, "top_k": 0}, "seed": 1}))
    {'decoding.temperature': 0.7, 'decoding.top_k': 0, 'seed': 1}
    """
    for key, value in group.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
