"""Nothing that a configuration names is called. This project instantiates nothing; Hydra's own group would.

Hydra calls the `_target_` of every entry of `hydra.callbacks`, and Python's logging calls what `class` and `()` name in
`hydra.job_logging` and `hydra.hydra_logging`. A file of settings from anybody (`--config-dir`) is data, so a command
with such an entry is refused before Hydra runs it. So are launchers and sweepers that are no plugins of Hydra, which it
refuses too, with a traceback.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

from harness.errors import InputError

LOGGING = ("job_logging", "hydra_logging")
CALLED = ("class", "()")
HARMLESS = ("logging.", "colorlog.")  # what Hydra's own logging groups name
TARGET = "_target_"
PLUGINS = ("launcher", "sweeper")
PACKAGES = ("hydra._internal.core_plugins.", "hydra_plugins.")


def refuse_calls(config: DictConfig) -> None:
    """Raise InputError for what Hydra would call in running the composed configuration."""
    for name, entry in (config.hydra.get("callbacks") or {}).items():
        raise InputError(f"hydra.callbacks.{name}", entry, "a configuration calls nothing here; remove it")
    for group in PLUGINS:
        target = (config.hydra.get(group) or {}).get(TARGET)
        if target is not None and not str(target).startswith(PACKAGES):
            raise InputError(
                f"hydra.{group}.{TARGET}", target, f"is no plugin of Hydra; choose one, hydra/{group}=NAME"
            )
    for group in LOGGING:
        for path, value in _named(_plain(config.hydra.get(group)), CALLED, f"hydra.{group}"):
            if not str(value).startswith(HARMLESS):
                raise InputError(path, value, "would be called; name a class of Python's logging, or remove it")


def refuse_targets(settings: Mapping[str, Any]) -> None:
    """Raise InputError for a job's setting that asks for an object to be built."""
    for path, value in _named(settings, (TARGET,), ""):
        raise InputError(path, value, "a configuration builds no objects here; remove it")


def _plain(config: object) -> object:
    return OmegaConf.to_container(config) if OmegaConf.is_config(config) else config


def _named(value: object, keys: tuple[str, ...], path: str) -> Iterator[tuple[str, object]]:
    """Every entry under one of these keys, with its dotted name."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            where = f"{path}.{key}" if path else str(key)
            if key in keys:
                yield where, inner
            yield from _named(inner, keys, where)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _named(inner, keys, f"{path}[{index}]")
