"""An arm of the comparison: settings become a strategy of the registry."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import Any

from harness.errors import InputError
from harness.phrases import PhraseList
from harness.settings import StrategySettings
from sampler import Strategy
from strategies import REGISTRY


def build_strategy(strategy: StrategySettings, phrases: PhraseList) -> Strategy[Any]:
    """Construct it; the top-level phrase list goes to those that take one. Raise InputError for what it refuses."""
    kind = _kind(strategy)
    options = {**strategy.options, "phrases": phrases.as_argument()} if takes_phrases(strategy) else strategy.options
    for key in strategy.options:
        if key not in _defaults(kind) or key == "phrases":
            known = ", ".join(name for name in _defaults(kind) if name != "phrases") or "none"
            raise InputError(f"strategy.{key}", strategy.options[key], f"no option of {strategy.name}; it has {known}")
    try:
        return kind(**options)
    except (ValueError, TypeError) as error:
        raise InputError("strategy", strategy.name, str(error)) from None


def takes_phrases(strategy: StrategySettings) -> bool:
    return "phrases" in _defaults(_kind(strategy))


def resolved_options(strategy: StrategySettings) -> dict[str, Any]:
    """Every option with its value, defaults included, so that naming a default changes nothing."""
    own = {name: default for name, default in _defaults(_kind(strategy)).items() if name != "phrases"}
    return {**own, **strategy.options}


def changed_options(strategy: StrategySettings) -> dict[str, Any]:
    """The options that differ from their defaults: what tells two arms of one strategy apart."""
    defaults = _defaults(_kind(strategy))
    return {name: value for name, value in strategy.options.items() if not _same(value, defaults.get(name))}


def _same(value: Any, default: Any) -> bool:
    return bool((tuple(value) if isinstance(value, list) else value) == default)


def _kind(strategy: StrategySettings) -> Callable[..., Strategy[Any]]:
    if strategy.name not in REGISTRY:
        raise InputError("strategy.name", strategy.name, f"no such strategy; there are {', '.join(REGISTRY)}")
    return REGISTRY[strategy.name]


def _defaults(kind: Callable[..., Strategy[Any]]) -> Mapping[str, Any]:
    """The constructor's named parameters. A class without a constructor of its own shows only *args and **kwargs."""
    named = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(kind).parameters.values()
    return {parameter.name: parameter.default for parameter in parameters if parameter.kind in named}
