"""The exact sampler: draw each token as if the future were known to end clean."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from typing import Self

from sampler import Accept, Decision, Decoding, Prompt, Shape, Strategy, View, Vocab
from sampler.vocab import Tokens


class Doob(Strategy[None]):
    """Multiplies each token's probability by h(prefix and token) / h(prefix), h the chance of a clean end from there.

    Law: the exact conditional of the model, in one pass, without a draw too many (Doob's h-transform). h is the sum
    over all futures, which only an explicit model can give: so it is built from a function, `log_h`, a prefix's
    tokens to nats; no configuration file can name one, and `strategies.REGISTRY` does not hold it.
    """

    _vocab: Vocab  # from `bind`

    def __init__(self, log_h: Callable[[Tokens], float]) -> None:
        self._log_h = log_h

    def check(self, decoding: Decoding) -> None:
        if decoding.truncates or decoding.temperature != 1:
            raise ValueError("decoding: log_h was computed at temperature 1 without truncation; use Decoding()")

    def bind(self, vocab: Vocab) -> Self:
        bound = copy(self)
        bound._vocab = vocab
        return bound

    def init(self, prompt: Prompt) -> None:
        return None

    def shape(self, state: None, view: View) -> Shape:
        prefix = tuple(view.tokens)
        here = self._log_h(prefix)
        if here == -math.inf:
            return Shape()  # nothing that follows is clean
        return Shape(bias={token: self._log_h((*prefix, token)) - here for token in range(self._vocab.size)})

    def step(self, state: None, view: View) -> tuple[None, Decision]:
        return None, Accept(settled=True)
