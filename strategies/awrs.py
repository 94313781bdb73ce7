"""Draw tokens without replacement until the text stays clean, and say how much the mask took away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from sampler import Accept, Decision, Decoding, Prompt, Rewind, Shape, Stop, Strategy, View
from strategies.finder import Finder, Place
from strategies.phrases import PhraseList, parse_phrases


class Trial(NamedTuple):
    """What was tried at a position."""

    place: Place
    log_weight: float = 0.0  # nats, of the positions before
    out: tuple[int, ...] = ()  # tokens that may not be drawn here any more
    chosen: int = -1  # the token that stays, while one more is drawn to weigh it
    weighed: bool = False  # it is pushed again, and its weight is known


class AWRS(Strategy[Trial]):
    """Token-level adaptive weighted rejection sampling (Lipkin et al. 2025, arXiv 2504.05410).

    A token after which something banned is complete is taken back, and is not drawn again at that prefix. Behind the
    first token y that stays, one more is drawn from what is left, to estimate the allowed mass m of the position:
    with R the probability of what was taken back, m̂ = p(y) + (1 - R - p(y)) · 1[that token would stay too]. Given y
    and what was taken back, its mean is m, since m = p(y) + (1 - R - p(y)) · (the allowed share of what is left).

    Law: the local mask, at every position p conditioned on the prefix staying clean; p is the model at its
    temperature. The product of the m̂ is the text's weight: E[weight] = Z, the probability of a clean text, and
    E[weight · f(x)] / Z is the mean of f under p conditioned on being clean. Its log ends the text as a note, "log
    weight -0.1234". Where every token is out, the row ends "exhausted" and its weight is 0: with `whole_words` a phrase
    is known only by the character behind it, when all that may still follow is more of its last word, so dead ends
    are common there and the weights few. Truncation would look at what is left of a row, and is refused.
    """

    def __init__(
        self,
        phrases: PhraseList = (),
        regexes: Sequence[str] = (),
        *,
        whole_words: bool = True,
        ignore_case: bool = True,
        scan_prompt: bool = True,
        regex_timeout: float = 0.1,
    ) -> None:
        self.finder = Finder(
            parse_phrases(phrases).texts,
            regexes,
            whole_words=whole_words,
            ignore_case=ignore_case,
            scan_prompt=scan_prompt,
            regex_timeout=regex_timeout,
        )

    def check(self, decoding: Decoding) -> None:
        if decoding.greedy or decoding.truncates:
            raise ValueError(
                "decoding: AWRS weighs draws from the whole distribution at a positive temperature; "
                "switch top_k, top_p and min_p off, or ban with AntiSlop(rewind_to='token')"
            )

    def init(self, prompt: Prompt) -> Trial:
        return Trial(self.finder.begin(prompt))

    def shape(self, state: Trial, view: View) -> Shape:
        return Shape(bias=dict.fromkeys(state.out, -math.inf))

    def step(self, state: Trial, view: View) -> tuple[Trial, Decision]:
        found = self.finder.read(view.of(_place))
        if state.weighed:
            return self._kept(state, found.place, view, "; ".join(found.notes))
        to, token = len(view.tokens) - 1, view.tokens[-1]
        if state.chosen >= 0:
            return _weighed(state, view, stays=not found.hits)
        tried = state._replace(out=tuple(sorted((*state.out, token))))
        if found.hits:
            return tried, Rewind(to, self.finder.whys[found.hits[0].entry])
        if _left(view, tried.out) == 0:
            weight = state.log_weight + float(view.logprobs[token])
            return self._kept(state._replace(log_weight=weight), found.place, view, "; ".join(found.notes))
        return tried._replace(chosen=token), Rewind(to, "weight")

    def exhausted(self, state: Trial, view: View) -> tuple[Trial, Decision]:
        return state, Stop("exhausted", _said(-math.inf))

    def _kept(self, state: Trial, place: Place, view: View, note: str) -> tuple[Trial, Decision]:
        notes = (note, _said(state.log_weight) if view.final else "")
        return Trial(place, state.log_weight), Accept(settled=True, note="; ".join(filter(None, notes)))


def _weighed(state: Trial, view: View, *, stays: bool) -> tuple[Trial, Decision]:
    """The estimate is made: the chosen token is pushed again."""
    mass = math.exp(float(view.logprobs[state.chosen])) + stays * _left(view, state.out)
    after = Trial(state.place, state.log_weight + math.log(mass), chosen=state.chosen, weighed=True)
    return after, Rewind(len(view.tokens) - 1, "weight", force=(state.chosen,))


def _left(view: View, out: Sequence[int]) -> float:
    """Probability of what may still be drawn."""
    return float(view.logprobs.exp().index_fill(0, view.logits.new_tensor(out).long(), 0.0).sum())


def _said(log_weight: float) -> str:
    return f"log weight {log_weight:.4f}"


def _place(trial: Trial) -> Place:
    return trial.place
