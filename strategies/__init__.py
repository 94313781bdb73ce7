"""One file, one strategy: a pure fold that says Accept, Rewind or Stop. `REGISTRY` is what configs may name."""

from collections.abc import Callable, Mapping
from typing import Any

from sampler import Strategy
from strategies.adaptive_temperature import AdaptiveTemperature
from strategies.antislop import AntiSlop
from strategies.chain import Chain
from strategies.creative_writing import CreativeWriting
from strategies.debug import Debug
from strategies.json_schema import JsonSchema
from strategies.plain import Plain
from strategies.rejection import Rejection
from strategies.replace import Replace
from strategies.token_ban import TokenBan

REGISTRY: Mapping[str, Callable[..., Strategy[Any]]] = {
    "adaptive_temperature": AdaptiveTemperature,
    "antislop": AntiSlop,
    "chain": Chain,
    "creative_writing": CreativeWriting,
    "debug": Debug,
    "json_schema": JsonSchema,
    "plain": Plain,
    "rejection": Rejection,
    "replace": Replace,
    "token_ban": TokenBan,
}

__all__ = [
    "REGISTRY",
    "AdaptiveTemperature",
    "AntiSlop",
    "Chain",
    "CreativeWriting",
    "Debug",
    "JsonSchema",
    "Plain",
    "Rejection",
    "Replace",
    "TokenBan",
]
