"""From a composed configuration, which may be anybody's, to checked settings."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from harness.config.checks import validate
from harness.config.settings import Settings
from harness.errors import InputError
from harness.typed import build, convert


def from_config(config: Mapping[str, Any]) -> Settings:
    """Checked settings. Raise InputError for the first field that is missing, of a wrong type or out of range."""
    _refuse_endless(config, "")
    strategy = config.get("strategy")
    if not isinstance(strategy, Mapping) or "name" not in strategy:
        raise InputError("strategy", strategy, "must be one of the strategies that --help lists")
    options = {key: value for key, value in strategy.items() if key != "name"}
    whole = {**config, "strategy": {"name": strategy["name"], "options": options}}
    if isinstance(margins := config.get("margins"), Mapping):
        whole["margins"] = dict(_stated_margins(margins))
    settings = build(Settings, whole)
    validate(settings)
    return settings


def _stated_margins(margins: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """Metric → margin, from groups (`margins.fluency.logprob_per_token=0.1`) or dotted names; null states none."""
    for key, value in margins.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            yield from _stated_margins(value, name)
        elif value is not None:
            yield name, convert(float, value, f"margins.{name}")


def _refuse_endless(value: object, path: str) -> None:
    """No setting means anything as nan or inf, wherever it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _refuse_endless(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _refuse_endless(inner, f"{path}[{index}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(path, value, "is no finite number")
