"""One file, one strategy: a pure fold that says Accept, Rewind or Stop. `REGISTRY` is what configs may name."""

from collections.abc import Callable, Mapping
from typing import Any

from sampler import Strategy
from strategies.antislop import AntiSlop
from strategies.plain import Plain
from strategies.token_ban import TokenBan

REGISTRY: Mapping[str, Callable[..., Strategy[Any]]] = {
    "plain": Plain,
    "token_ban": TokenBan,
    "antislop": AntiSlop,
}

__all__ = ["REGISTRY", "AntiSlop", "Plain", "TokenBan"]
