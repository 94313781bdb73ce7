"""Plug-ins among Hydra's `strategy=` choices: name and options as the constructor has them, so that no YAML is needed.

They lie in Hydra's own store, which it hands to workers, and are put there when Hydra has found no YAML file of that
name: it would merge the two. Torch comes with a strategy, so no plug-in is read before it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hydra.core.config_store import ConfigStore

from harness.plugins.constructor import option_defaults
from harness.plugins.entries import offered

GROUP = "strategy"
_imported: set[str] = set()  # names; the registry has the strategies, and comes with torch


def offer_missing(choice: str | None) -> bool:
    """Whether a choice that Hydra has not found, `strategy/NAME`, is there now. Raise InputError for a broken one."""
    group, _, name = (choice or "").partition("/")
    if group != GROUP or not (name in offered() or name in _imported):
        return False
    from harness.plugins.registry import find_plugin

    plugin = find_plugin(name)
    if plugin is None:
        return False
    _offer(name, option_defaults(plugin.kind))
    return True


def offer_names(files: Iterable[Path]) -> None:
    """Names alone, unread, of those that are not there yet: for who lists what there is."""
    there = ConfigStore.instance().repo.get(GROUP, {})
    for name in [*offered(), *(file.stem for file in files)]:
        if f"{name}.yaml" not in there:
            _offer(name, {})


def import_named(files: Sequence[Path]) -> None:
    """Run the files, if there are any. Raise InputError."""
    if files:
        from harness.plugins.registry import import_files

        import_files(files)
        _imported.update(file.stem for file in files)


def _offer(name: str, options: dict[str, Any]) -> None:
    ConfigStore.instance().store(group=GROUP, name=name, node={"name": name, **options})
