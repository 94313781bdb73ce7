"""Strategies of installed packages, loaded when they are asked for."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path

from harness.errors import InputError, one_line
from harness.plugins.entries import offered, whose
from harness.plugins.plugin import Plugin, check_kind
from strategies import REGISTRY


@cache
def load(name: str) -> Plugin:
    """Raise InputError, naming the package, for one that cannot be loaded or whose name another one has too."""
    entry, *others = offered()[name]
    package = whose(entry)
    if others:
        names = ", ".join(map(whose, others))
        raise InputError("strategy", name, f"is offered by {package} and by {names}; uninstall all but one")
    if not name.isidentifier():
        raise InputError("strategy", name, f"of the package {package} must be called by an identifier, short_sentences")
    try:
        kind = check_kind(entry.load())
        file = Path(str(inspect.getsourcefile(kind)))
        return Plugin(name, kind, file, file.read_bytes(), package)
    except (Exception, SystemExit) as error:  # anybody's code
        said = f"{type(error).__name__}: {error}"
        raise InputError("strategy", name, f"of the package {package} cannot be loaded: {said}") from None


def describe(name: str) -> str:
    """What it does, by the first line of its docstring, and whose it is; or what is wrong with it."""
    if name in REGISTRY:
        return one_line(f"[{whose(offered()[name][0])}] is hidden: the harness has a strategy of this name")
    try:
        plugin = load(name)
    except InputError as error:
        return str(error)
    does, *_ = (inspect.getdoc(plugin.kind) or "").splitlines() or [""]
    return one_line(f"[{plugin.package}] {does}")
