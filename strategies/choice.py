"""Options that are one of a few words."""

from __future__ import annotations

from typing import TypeVar, get_args

T = TypeVar("T")


def one_of(field: str, value: T, options: object) -> T:
    """`value` itself. Raises ValueError when it is none of the words of the Literal `options`."""
    words = get_args(options)
    if value not in words:
        raise ValueError(f"{field}: {value!r} is unknown; use one of {', '.join(map(repr, words))}")
    return value
