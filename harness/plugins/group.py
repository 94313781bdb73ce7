"""Plug-ins among Hydra's `strategy=` choices: name and options as the constructor has them, so that no YAML is needed.

They lie in Hydra's own store, which it searches last (a YAML file of the same name comes first) and hands to workers.
Torch comes with a strategy, so plug-ins are read here only when one is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hydra.core.config_store import ConfigStore

from harness.plugins.entries import offered

if TYPE_CHECKING:
    from pathlib import Path

    from harness.plugins.plugin import Plugin

GROUP = "strategy"


def offer_files(files: Iterable[Path]) -> None:
    """Import the files. Raise InputError."""
    from harness.plugins.registry import import_files

    for plugin in import_files(files):
        _offer(plugin)


def offer_missing(choice: str | None) -> bool:
    """Whether a choice that Hydra has not found, `strategy/NAME`, is there now. Raise InputError for a broken one."""
    group, _, name = (choice or "").partition("/")
    if group != GROUP:
        return False
    from harness.plugins.registry import find_plugin

    plugin = find_plugin(name)
    if plugin is None:
        return False
    _offer(plugin)
    return True


def offer_names() -> None:
    """Names alone, unread: for who lists what there is."""
    for name in offered():
        if f"{name}.yaml" not in ConfigStore.instance().repo.get(GROUP, {}):
            ConfigStore.instance().store(group=GROUP, name=name, node={"name": name})


def _offer(plugin: Plugin) -> None:
    from harness.constructor import option_defaults

    node = {"name": plugin.name, **option_defaults(plugin.kind)}
    ConfigStore.instance().store(group=GROUP, name=plugin.name, node=node, provider=plugin.origin)
