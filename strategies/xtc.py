"""Exclude top choices: now and then, of all the tokens that are likely enough, only the least likely stays."""

from __future__ import annotations

import math
from copy import copy
from typing import Self

from sampler import Accept, Decision, Prompt, Shape, Strategy, View, Vocab

HALF = 0.5  # two tokens cannot both be more probable


class XTC(Strategy[None]):
    """With probability `probability`, drops all but the least likely of the tokens with p >= `threshold`.

    p is the row at the draw's temperature, before truncation. Nothing is dropped where fewer than two tokens reach
    the threshold, or where EOS or a token that holds a newline would be among the dropped: texts must be able to
    end. That is the rule of the author's implementation (p-e-w, oobabooga/text-generation-webui pull request 6335,
    as merged); llama.cpp protects no token. Of equally unlikely tokens the one with the lowest id stays.

    Law: at every position the mixture probability · (p on what is left) + (1 - probability) · p. It never goes back.
    """

    _vocab: Vocab  # from `bind`

    def __init__(self, threshold: float = 0.1, probability: float = 0.5) -> None:
        if not 0 < threshold <= HALF:
            raise ValueError(f"threshold: {threshold} is outside (0, 0.5]; above it no two tokens can be; use e.g. 0.1")
        if not 0 <= probability <= 1:
            raise ValueError(f"probability: {probability} is outside [0, 1]; 0 never drops anything, 1 always does")
        self.threshold, self.probability = threshold, probability

    def bind(self, vocab: Vocab) -> Self:
        bound = copy(self)
        bound._vocab = vocab
        return bound

    def init(self, prompt: Prompt) -> None:
        return None

    def shape(self, state: None, view: View) -> Shape:
        dropped = self._top_choices(view)
        if not dropped or any(map(self._is_protected, dropped)):
            return Shape()
        drops = view.choose([1 - self.probability, self.probability]) == 1
        return Shape(bias=dict.fromkeys(dropped, -math.inf)) if drops else Shape()

    def step(self, state: None, view: View) -> tuple[None, Decision]:
        return None, Accept(settled=True)

    def _top_choices(self, view: View) -> list[int]:
        """Tokens that reach the threshold, but for the least likely of them."""
        logprobs = view.logprobs
        reach = (logprobs >= math.log(self.threshold)).nonzero().flatten()
        if len(reach) < 2:
            return []
        least = int(reach[logprobs[reach].argmin()])
        return [token for token in reach.tolist() if token != least]

    def _is_protected(self, token: int) -> bool:
        return token in self._vocab.eos or b"\n" in self._vocab.bytes_of(token)
