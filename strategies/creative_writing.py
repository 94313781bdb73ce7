"""Never the obvious word, unless the others lead nowhere."""

from __future__ import annotations

import math
from copy import copy
from typing import NamedTuple, Self

from sampler import Accept, Decision, Prompt, Rewind, Shape, Strategy, View, Vocab

FLAT = "flat"  # why it goes back


class Detour(NamedTuple):
    """The last place where the most probable token was passed over."""

    position: int
    obvious: int  # the token that was passed over


class CreativeWriting(Strategy[Detour | None]):
    """Excludes the most probable token, unless it ends the text; goes back when the next distribution is flat.

    Flat: without the excluded token, at least `top_k_threshold_flat` tokens are needed to reach the mass
    `top_p_flat`. Then the last detour is taken back and the most probable token written there instead; it stays.
    `eos_penalty` multiplies the probability of ending the text at every draw, as detours make that too tempting.
    (The documented behaviour of backtrack_sampler 3.2.1, whose code takes the second most probable token when it
    goes back, and only ever goes back by the token just drawn.)

    Law: none known in closed form. A detour is open until the next token, so text settles only behind a token that
    was written instead of one: streams are lumpy. Each position is taken back at most once under a prefix, so the
    text ends whatever the model is.
    """

    def __init__(self, top_p_flat: float = 0.65, top_k_threshold_flat: int = 9, eos_penalty: float = 0.8) -> None:
        if not 0 < top_p_flat <= 1:
            raise ValueError(f"top_p_flat: {top_p_flat} is outside (0, 1]; it is the mass that is counted")
        if top_k_threshold_flat < 1:
            raise ValueError(f"top_k_threshold_flat: {top_k_threshold_flat} is below 1; 1 calls every row flat")
        if not 0 <= eos_penalty <= 1:
            raise ValueError(f"eos_penalty: {eos_penalty} is outside [0, 1]; 1 is none, 0 never ends a text")
        self.top_p_flat, self.top_k_threshold_flat = top_p_flat, top_k_threshold_flat
        self.eos_nats = math.log(eos_penalty) if eos_penalty else -math.inf
        self._eos: frozenset[int] = frozenset()

    def bind(self, vocab: Vocab) -> Self:
        bound = copy(self)
        bound._eos = vocab.eos
        return bound

    def init(self, prompt: Prompt) -> None:
        return None

    def shape(self, state: Detour | None, view: View) -> Shape:
        bias = dict.fromkeys(self._eos, self.eos_nats)
        obvious = _obvious(view)
        return Shape(bias=bias if obvious in self._eos else {**bias, obvious: -math.inf})

    def step(self, state: Detour | None, view: View) -> tuple[Detour | None, Decision]:
        if view.forced:
            return None, Accept(settled=True)
        if state is not None and FLAT not in view.given(state.position) and self._is_flat(view):
            # The bias of nothing is remembered under this prefix, even where a ban takes the forced token back.
            return None, Rewind(state.position, FLAT, {state.obvious: 0.0}, force=(state.obvious,))
        position, obvious = view.position, _obvious(view)
        if view.tokens[-1] == obvious:
            return state, Accept(settled=state is None)
        return Detour(position, obvious), Accept(settled=False)

    def _is_flat(self, view: View) -> bool:
        """Whether the row that the last token was drawn from is, before the penalty on its end."""
        obvious = _obvious(view)
        probs = view.logprobs.exp()
        if obvious not in self._eos:
            probs[obvious] = 0.0
        ordered = (probs / probs.sum()).sort(descending=True).values
        needed = int((ordered.cumsum(0) < self.top_p_flat).sum()) + 1
        return needed >= self.top_k_threshold_flat


def _obvious(view: View) -> int:
    """The most probable token of the row."""
    return int(view.logprobs.argmax())
