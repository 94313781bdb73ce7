"""Every strategy by its name: this package's, imported files, installed packages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.plugins import packages
from harness.plugins.entries import offered
from harness.plugins.files import FIELD, import_file
from harness.plugins.plugin import Plugin
from sampler import Strategy
from strategies import REGISTRY

_imported: dict[str, Plugin] = {}


def import_files(files: Iterable[Path]) -> list[Plugin]:
    """The strategies of these files, from now on known in this process; a file that has not changed is run once.

    Raise InputError for a file that cannot be imported, and for a name that is taken.
    """
    found: dict[str, Plugin] = {}
    for file in files:
        if file.stem in found:
            raise InputError(FIELD, str(file), f"{found[file.stem].file} has the same name; rename one")
        found[file.stem] = _current(file) or _imported_anew(file)
    _imported.update(found)
    return list(found.values())


def _current(file: Path) -> Plugin | None:
    """As it was imported, if it is still the same."""
    known = _imported.get(file.stem)
    return known if known and known.file == file and known.code == file.read_bytes() else None


def _imported_anew(file: Path) -> Plugin:
    if file.stem in REGISTRY:
        raise InputError(FIELD, str(file), f"{file.stem} is a strategy of this package; rename the file")
    if file.stem in offered():
        raise InputError(FIELD, str(file), f"{file.stem} is a strategy of an installed package; rename the file")
    return import_file(file)


def find_plugin(name: str) -> Plugin | None:
    """A strategy that is none of this package's; None where there is none. Raise InputError for one that is broken."""
    if name in REGISTRY:
        return None
    return _imported.get(name) or (packages.load(name) if name in offered() else None)


def plugin_names() -> list[str]:
    """Of all that could be asked for, unread; this package's own names are its own."""
    return [name for name in [*_imported, *offered()] if name not in REGISTRY]


def strategy_kind(name: str) -> Callable[..., Strategy[Any]]:
    """Raise InputError for a strategy that is not there, or is broken."""
    if name in REGISTRY:
        return REGISTRY[name]
    plugin = find_plugin(name)
    if plugin is None:
        names = ", ".join([*REGISTRY, *plugin_names()])
        raise InputError("strategy.name", name, f"no such strategy; there are {names}")
    return plugin.kind
