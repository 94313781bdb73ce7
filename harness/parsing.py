"""JSON and YAML from anybody: plain data or a ValueError, never another exception, and no object that a file names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

MOST_NODES = 1_000_000  # of a YAML file with its aliases written out; a job's config.yaml has about a hundred


def read_json(path: Path) -> Any:
    """A file of this program. Raise ValueError, naming the file, when it is not JSON; OSError when unreadable."""
    try:
        return parse_json(path.read_bytes(), _refuse_constant)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def parse_json(data: str | bytes, constant: Callable[[str], Any] = float) -> Any:
    """Raise ValueError for what is no JSON, or is nested deeper than Python's stack.

    `constant` says what NaN and Infinity are: Python writes them, JSON has none.
    """
    try:
        return json.loads(data, parse_constant=constant)
    except RecursionError:
        raise ValueError("not JSON that can be read: it is nested too deeply") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON, and nothing that this program writes")


def read_settings(path: Path) -> dict[str, Any]:
    """The group of settings in a YAML file. Raise ValueError, naming the file, when it holds anything else."""
    try:
        value = parse_yaml(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ValueError(f"{path}: holds no group of settings")
    return value


def parse_yaml(text: str) -> Any:
    """Plain data only: a tag that names a Python object is refused. Raise ValueError."""
    import yaml

    try:
        value = yaml.safe_load(text)
    except Exception as error:  # its constructors raise whatever they stumble over: AttributeError for !!timestamp x
        raise ValueError(f"not YAML of plain data: {type(error).__name__}: {' '.join(str(error).split())}") from None
    if _nodes(value, {}) > MOST_NODES:
        raise ValueError(f"its aliases stand for more than {MOST_NODES:,} values")
    return value


def _nodes(value: object, known: dict[int, int]) -> int:
    """Values in `value`, each as often as an alias repeats it. Raise ValueError for one that holds itself."""
    if not isinstance(value, list | Mapping):
        return 1
    if id(value) not in known:
        known[id(value)] = -1
        inner = [*value.keys(), *value.values()] if isinstance(value, Mapping) else value
        known[id(value)] = 1 + sum(_nodes(item, known) for item in inner)
    if known[id(value)] < 0:
        raise ValueError("an alias stands within itself")
    return known[id(value)]
