"""A strategy in a file of one's own: `imports=[short_sentences.py] strategy=short_sentences`."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from harness.errors import InputError
from harness.paths import is_file
from harness.plugins.plugin import Plugin, check_kind
from sampler import Strategy

FIELD = "imports"
PREFIX = "imported_"  # of the module's name, so that a file may be called as any installed module is


def import_file(path: Path) -> Plugin:
    """The strategy that a file defines, under the file's name. What is run is what was hashed.

    Raise InputError: no such file, one that cannot be run, or not exactly one strategy in it.
    """
    if path.suffix != ".py" or not path.stem.isidentifier():
        raise InputError(FIELD, str(path), "must be a Python file whose name is an identifier, short_sentences.py")
    if not is_file(path):
        raise InputError(FIELD, str(path), "no such file")
    try:
        code = path.read_bytes()
        module = _run(path, code)
        return Plugin(path.stem, check_kind(_only_strategy(module)), path, code)
    except (Exception, SystemExit) as error:  # anybody's code
        raise InputError(FIELD, str(path), f"cannot be imported: {_said(error, path)}") from None


def _run(path: Path, code: bytes) -> ModuleType:
    module = ModuleType(PREFIX + path.stem)
    module.__file__ = str(path)
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module  # dataclasses look their module up there
    try:
        exec(compile(code, str(path), "exec"), module.__dict__)
    except BaseException:
        del sys.modules[module.__name__]
        if before is not None:
            sys.modules[module.__name__] = before
        raise
    return module


def _only_strategy(module: ModuleType) -> type[Strategy[Any]]:
    """Raise ValueError where it is not one; a class that begins with _ is a helper of the file's own."""
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and Strategy in value.__mro__[1:]
        and not value.__name__.startswith("_")
    ]
    if len(found) != 1:
        names = ", ".join(kind.__name__ for kind in found) or "none"
        raise ValueError(f"a file defines one subclass of sampler.Strategy, and this one {names}; _Name hides a class")
    return found[0]


def _said(error: BaseException, path: Path) -> str:
    """With the line of the file that it came from, where there is one."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    where = f", line {lines[-1]}" if lines else ""
    return f"{type(error).__name__}: {error}{where}" if not isinstance(error, ValueError) or lines else str(error)
