"""The exact conditional: a tiny model given that its text holds no phrase, by backward dynamic programming.

With s = (last token, stand of the automaton, tokens left) the product of model and automaton is a Markov chain, and
h(s) = P(the text ends clean | s) = Σ_w p(w | s) · h(s·w), where h is 0 behind a phrase and 1 behind a clean end.
Z = h(start). The conditional is the Doob h-transform of the model: P*(w | s) = p(w | s) · h(s·w) / h(s).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from harness.oracle.automaton import CleanTexts, Stand
from harness.oracle.tiny import TinyModel
from sampler.vocab import Tokens
from strategies.matcher import Matcher


class State(NamedTuple):
    """A clean text in progress, as far as its future goes; `last` is -1 before the first token."""

    last: int
    stand: Stand
    left: int


class Text(NamedTuple):
    """One text that the model can write."""

    tokens: Tokens
    probability: float
    clean: bool


class Conditional:
    """P*(x) = p(x) · 1[x is clean] / Z."""

    def __init__(self, model: TinyModel) -> None:
        self.model = model
        self._clean = CleanTexts(Matcher(model.banned, whole_words=model.whole_words))
        self._h: dict[State, float] = {}
        self.start = State(-1, Stand(), model.horizon)
        self.z = self.h(self.start)

    def h(self, state: State) -> float:
        """The probability that a text ends clean from `state` on. Each state is computed once."""
        if state not in self._h:
            self._h[state] = sum(p * self.h_after(state, token) for token, p in self._moves(state))
        return self._h[state]

    def h_after(self, state: State, token: int) -> float:
        """h once `token` is written behind `state`."""
        after = self.after(state, token)
        if after is None:
            return 0.0
        return float(self._clean.may_end(after.stand)) if self._is_end(after) else self.h(after)

    def after(self, state: State, token: int) -> State | None:
        """The state behind one more token; None behind a phrase."""
        piece = "" if token == self.model.end else self.model.vocab[token]
        stand = self._clean.read(state.stand, piece)
        return None if stand is None else State(token, stand, state.left - 1)

    def log_h(self, prefix: Tokens) -> float:
        """log h of the state behind `prefix`, a text in progress; -inf where none of its ends is clean."""
        state: State | None = self.start
        for token in prefix:
            state = state and self.after(state, token)
        if state is None:
            return -math.inf
        h = float(self._clean.may_end(state.stand)) if self._is_end(state) else self.h(state)
        return math.log(h) if h > 0 else -math.inf

    @cached_property
    def model_law(self) -> dict[Tokens, float]:
        """p: every text of positive probability under the model."""
        return {text.tokens: text.probability for text in self._texts((), self.start, 1.0)}

    @cached_property
    def law(self) -> dict[Tokens, float]:
        """P*: the clean ones of them."""
        return {t.tokens: t.probability / self.z for t in self._texts((), self.start, 1.0) if t.clean}

    def _texts(self, prefix: Tokens, state: State | None, mass: float) -> Iterator[Text]:
        for token, p in enumerate(self.model.following(prefix)):
            if p == 0:
                continue
            tokens, after = (*prefix, token), state and self.after(state, token)
            if token == self.model.end or len(tokens) == self.model.horizon:
                yield Text(tokens, mass * p, after is not None and self._clean.may_end(after.stand))
            else:
                yield from self._texts(tokens, after, mass * p)

    def _moves(self, state: State) -> Iterator[tuple[int, float]]:
        prefix = () if state.last < 0 else (state.last,)
        return ((token, p) for token, p in enumerate(self.model.following(prefix)) if p > 0)

    def _is_end(self, state: State) -> bool:
        return state.last == self.model.end or state.left == 0
