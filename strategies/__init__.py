"""One file, one strategy: a pure fold that says Accept, Rewind or Stop.

`REGISTRY` is what configs may name: whatever strategy a file of this folder defines, under the file's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sampler import Strategy
    from strategies.adaptive_temperature import AdaptiveTemperature
    from strategies.antislop import AntiSlop
    from strategies.awrs import AWRS
    from strategies.bad_words import BadWords
    from strategies.cars import CARS
    from strategies.chain import Chain
    from strategies.creative_writing import CreativeWriting
    from strategies.debug import Debug
    from strategies.dry import DRY
    from strategies.human_guidance import HumanGuidance
    from strategies.json_schema import JsonSchema
    from strategies.ngram_ban import NGramBan
    from strategies.plain import Plain
    from strategies.rejection import Rejection
    from strategies.repetition_penalty import RepetitionPenalty
    from strategies.replace import Replace
    from strategies.token_ban import TokenBan
    from strategies.vgb import VGB
    from strategies.xtc import XTC

    REGISTRY: Mapping[str, Callable[..., Strategy[Any]]]

# Loaded on first use: torch comes with a strategy, and who only compiles a regex (a report) needs none.
_HOMES = {
    "AdaptiveTemperature": "adaptive_temperature",
    "AntiSlop": "antislop",
    "AWRS": "awrs",
    "BadWords": "bad_words",
    "CARS": "cars",
    "Chain": "chain",
    "CreativeWriting": "creative_writing",
    "Debug": "debug",
    "DRY": "dry",
    "HumanGuidance": "human_guidance",
    "JsonSchema": "json_schema",
    "NGramBan": "ngram_ban",
    "Plain": "plain",
    "Rejection": "rejection",
    "RepetitionPenalty": "repetition_penalty",
    "Replace": "replace",
    "TokenBan": "token_ban",
    "VGB": "vgb",
    "XTC": "xtc",
}


def __getattr__(name: str) -> Any:
    if name == "REGISTRY":
        value: Any = _registry()
    elif name in _HOMES:
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def _registry() -> Mapping[str, Callable[..., Strategy[Any]]]:
    modules = [import_module(f"{__name__}.{file.name}") for file in iter_modules(__path__)]
    return {module.__name__.rpartition(".")[2]: kind for module in modules for kind in _defined_in(module)}


def _defined_in(module: ModuleType) -> Iterator[type[Strategy[Any]]]:
    from sampler import Strategy

    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__ and Strategy in value.__mro__[1:]:
            yield value


__all__ = [
    "AWRS",
    "CARS",
    "DRY",
    "REGISTRY",
    "VGB",
    "XTC",
    "AdaptiveTemperature",
    "AntiSlop",
    "BadWords",
    "Chain",
    "CreativeWriting",
    "Debug",
    "HumanGuidance",
    "JsonSchema",
    "NGramBan",
    "Plain",
    "Rejection",
    "RepetitionPenalty",
    "Replace",
    "TokenBan",
]
