"""Plain data to frozen dataclasses, by their annotations: a value of the wrong type is one clear line."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from harness.errors import InputError

T = TypeVar("T")

_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", types.NoneType: "null"}


def build(kind: type[T], values: object, path: str = "") -> T:
    """The dataclass `kind` from a mapping of its fields. Raise InputError under the dotted name of the wrong field."""
    if not isinstance(values, Mapping):
        raise InputError(path, values, "must be a group of settings")
    own: dict[str, Field[Any]] = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    hints = _hints(kind)  # type: ignore[arg-type]
    for key in values:
        if key not in own:
            raise InputError(_join(path, str(key)), values[key], f"no such setting; there are {', '.join(own)}")
    for name, field in own.items():
        if name not in values and field.default is MISSING and field.default_factory is MISSING:
            raise InputError(_join(path, name), None, "is missing; give it a value")
    return kind(**{name: convert(hints[name], values[name], _join(path, name)) for name in own if name in values})


def convert(kind: Any, value: object, path: str) -> Any:
    """`value` as `kind`: int, float, str, bool, Literal, tuple[X, ...], Mapping, a dataclass, or one of them or None.

    A whole number is a number; nothing else is turned into another type.
    """
    if is_dataclass(kind) and isinstance(kind, type):
        return build(kind, value, path)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), value, path)
    if origin is Literal and isinstance(value, str) and value in get_args(kind):
        return value
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(convert(get_args(kind)[0], item, f"{path}[{index}]") for index, item in enumerate(value))
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        return dict(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return _as_float(value, path)
    if isinstance(kind, type) and type(value) is kind:
        return value
    raise InputError(path, value, f"must be {_named(kind)}, not {_named(type(value))}")


def _as_float(value: int, path: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise InputError(path, value, "has more digits than a number here can have") from None


def _one_of(kinds: tuple[Any, ...], value: object, path: str) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    (kind,) = (kind for kind in kinds if kind is not types.NoneType)
    return convert(kind, value, path)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _named(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    if get_origin(kind) is tuple or kind in (list, tuple):
        return "a list"
    if isinstance(get_origin(kind), type) or kind is dict:
        return "a group of settings"
    return _NAMES.get(kind, getattr(kind, "__name__", str(kind)))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
