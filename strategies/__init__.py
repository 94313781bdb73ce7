"""One file, one strategy: a pure fold that says Accept, Rewind or Stop. `REGISTRY` is what configs may name."""

from collections.abc import Callable, Mapping
from typing import Any

from sampler import Strategy
from strategies.adaptive_temperature import AdaptiveTemperature
from strategies.antislop import AntiSlop
from strategies.bad_words import BadWords
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
from strategies.xtc import XTC

REGISTRY: Mapping[str, Callable[..., Strategy[Any]]] = {
    "adaptive_temperature": AdaptiveTemperature,
    "antislop": AntiSlop,
    "bad_words": BadWords,
    "chain": Chain,
    "creative_writing": CreativeWriting,
    "debug": Debug,
    "dry": DRY,
    "human_guidance": HumanGuidance,
    "json_schema": JsonSchema,
    "ngram_ban": NGramBan,
    "plain": Plain,
    "rejection": Rejection,
    "repetition_penalty": RepetitionPenalty,
    "replace": Replace,
    "token_ban": TokenBan,
    "xtc": XTC,
}

__all__ = [
    "DRY",
    "REGISTRY",
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
