"""The naive baseline of the antislop paper: never draw a token that could begin a phrase."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from copy import copy
from typing import Self

from sampler import Accept, Decision, Prompt, Shape, Strategy, View, Vocab
from strategies.phrases import PhraseList, parse_phrases
from strategies.spelling import spelled


class TokenBan(Strategy[None]):
    """Sets the first token of each phrase, and of its space and case variants, to -inf everywhere.

    Law: at every position the model conditioned on the allowed tokens. It destroys support: innocent texts that
    use one of these tokens can no longer be written. It never goes back.
    """

    def __init__(self, phrases: PhraseList = ()) -> None:
        self.phrases = parse_phrases(phrases).texts
        if not self.phrases:
            raise ValueError("phrases: the list is empty; give at least one phrase, or use Plain()")
        self._bias: Mapping[int, float] = {}

    def bind(self, vocab: Vocab) -> Self:
        bound = copy(self)
        bound._bias = {tokens[0]: -math.inf for phrase in self.phrases for tokens in _variants(phrase, vocab)}
        return bound

    def init(self, prompt: Prompt) -> None:
        return None

    def shape(self, state: None, view: View) -> Shape:
        return Shape(bias=self._bias)

    def step(self, state: None, view: View) -> tuple[None, Decision]:
        return None, Accept(settled=True)


def _variants(phrase: str, vocab: Vocab) -> Iterator[tuple[int, ...]]:
    """Ways to write `phrase` that this vocabulary can spell."""
    for cased in dict.fromkeys((phrase, phrase.lower(), phrase.capitalize(), phrase.upper())):
        for text in (cased, " " + cased):
            if tokens := spelled(text, vocab):
                yield tokens
