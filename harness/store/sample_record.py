"""Whether a line of `samples.jsonl` is a sample: every field there and of its type, whoever wrote the file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any

LARGEST = 2**63 - 1  # of a whole number
COUNTS = ("forwards", "fed", "kept", "drawn", "discarded", "refed")
REWIND = {"at": int, "to": int, "why": str, "char": int, "text": str}
NOTE = {"at": int, "note": str}


def check_sample(record: Mapping[str, Any]) -> None:
    """Raise ValueError, naming the field, for the first that is missing or wrong."""
    for name, holds in FIELDS.items():
        if name not in record and name != "error":
            raise ValueError(f"not a sample: it lacks {name!r}")
        if not holds(record.get(name)):
            raise ValueError(f"not a sample: {name!r} is not what it should be: {_shortened(record[name])}")


def _is_whole(value: object) -> bool:
    return type(value) is int and abs(value) <= LARGEST


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_tokens(value: object) -> bool:
    return isinstance(value, list) and {*map(type, value)} <= {int}


def _are_logprobs(value: object) -> bool:
    if not isinstance(value, list) or not {*map(type, value)} <= {float, int, NoneType}:
        return False
    return all(x is None or abs(x) <= sys.float_info.max for x in value)  # no NaN, which Python reads from JSON


def _is_cost(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_count(value.get(name)) for name in COUNTS)


def _are_events(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_event, value))


def _is_event(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    fields = {"rewind": REWIND, "note": NOTE}.get(str(value.get("kind")), {"kind": NoneType})
    return all(_is_of(value.get(name), kind) for name, kind in fields.items())


def _is_of(value: object, kind: type) -> bool:
    return _is_whole(value) if kind is int else type(value) is kind


def _is_error(value: object) -> bool:
    return value is None or isinstance(value, str)


FIELDS: Mapping[str, Callable[[object], bool]] = {
    "prompt_id": _is_text,
    "repeat": _is_count,
    "prompt": _is_text,
    "text": _is_text,
    "tokens": _are_tokens,
    "finish_reason": _is_text,
    "logprobs": _are_logprobs,
    "cost": _is_cost,
    "events": _are_events,
    "error": _is_error,
}


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
