"""A random walk over prefixes that may go back at every step, and is looked at when it has had its time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from sampler import Accept, Decision, Decoding, Prompt, Rewind, Strategy, View
from strategies.finder import Finder, Place
from strategies.phrases import PhraseList, parse_phrases


class Walk(NamedTuple):
    """Where the walk stands."""

    place: Place
    left: int = 0  # moves until it is looked at; 0: not chosen yet


class VGB(Strategy[Walk]):
    """Value-guided backtracking (arXiv 2510.03149) with the value V = 1 for a clean prefix, 0 for any other.

    A step of the walk: with probability ½ it stays; else it goes to the parent with weight 1 or to a child c with
    weight p(c|u), and a child that is not clean sends it back at once, which counts as staying. A finished text has
    a parent only, the empty one children only. A phrase that waits for its right boundary is clean until that comes.

    Law: the walk is reversible, with weights p(uc) on the edges between clean prefixes, so at stationarity a finished
    text x stands there with p(x) · V(x) up to a constant: p conditioned on holding nothing banned. It begins at the
    empty text, so after `steps` it is only near that law. It is looked at after `steps`; unless it stands on a
    finished text, it goes on and is looked at after 2 · `steps`, and so on (the first finished text that it meets
    would be biased towards short ones). p is the model after temperature and truncation.

    Of `steps` lazy steps, Binomial(steps, ½) are moves: that number is drawn, and nothing is drawn for the others;
    moves to parents are drawn together, and cost no token. A finished text is met at about one look in 2 · length, so
    it is for short texts, and needs `max_draws` of its own. A row that runs out of it ends "budget" and is no sample of
    the law.
    """

    revision = 2  # 1 drew each move to a parent by itself

    def __init__(
        self,
        phrases: PhraseList = (),
        regexes: Sequence[str] = (),
        *,
        steps: int = 200,
        whole_words: bool = True,
        ignore_case: bool = True,
        scan_prompt: bool = True,
        regex_timeout: float = 0.1,
    ) -> None:
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise ValueError(f"steps: {steps!r} is no number of steps; use 1 or more, 200 is usual")
        self.finder = Finder(
            parse_phrases(phrases).texts,
            regexes,
            whole_words=whole_words,
            ignore_case=ignore_case,
            scan_prompt=scan_prompt,
            regex_timeout=regex_timeout,
        )
        self.steps = steps

    def check(self, decoding: Decoding) -> None:
        if decoding.greedy:
            raise ValueError(
                "decoding.temperature: 0 gives the walk one child, where it may turn back for ever; use a positive one"
            )

    def init(self, prompt: Prompt) -> Walk:
        return Walk(self.finder.begin(prompt))

    def step(self, state: Walk, view: View) -> tuple[Walk, Decision]:
        found = self.finder.read(view.of(_place))
        length, note = len(view.tokens), "; ".join(found.notes)
        left = (state.left or self._until_look(view)) - 1  # the token just drawn was a move
        if view.draws_left == 0 and not found.hits:
            return Walk(found.place, left), Accept(settled=False, note=note)
        why, depth = "walk", length
        if found.hits:
            why, depth = self.finder.whys[found.hits[0].entry], length - 1
        elif view.final:
            if left == 0:
                return Walk(found.place), Accept(settled=False, note=note)
            depth, left = length - 1, left - 1
        depth, left = self._upwards(depth, left, view)
        if depth == length:
            return Walk(found.place, left), Accept(settled=False, note=note)
        return Walk(view.states[depth].place, left), Rewind(depth, why, note=note)

    def _upwards(self, depth: int, left: int, view: View) -> tuple[int, int]:
        """From a prefix of `depth` tokens to the one at which a child is proposed next, and the moves left there."""
        moves = view.choose(_halves(depth))
        overdue = moves - left
        return depth - moves, -overdue if overdue < 0 else self._until_look(view, overdue)

    def _until_look(self, view: View, overdue: int = 0) -> int:
        """Moves before the next look, `overdue` moves after one: what is no finished text is passed over by looks."""
        return 1 + view.choose(_left(self.steps, overdue))


@lru_cache(maxsize=4096)
def _halves(depth: int) -> tuple[float, ...]:
    """Probabilities of 0, 1, … `depth` moves to a parent before one to a child: each of two, but at the root."""
    return (*(0.5 ** (moves + 1) for moves in range(depth)), 0.5**depth)


@lru_cache(maxsize=4096)
def _left(steps: int, overdue: int) -> tuple[float, ...]:
    """Probabilities of 1, 2, … `steps` moves left, `overdue` moves after a look: a renewal's residual waiting time."""
    again = left = _moves(steps)
    for _ in range(overdue):
        left = tuple(later + left[0] * p for later, p in zip((*left[1:], 0.0), again, strict=True))
    return left


@cache
def _moves(steps: int) -> tuple[float, ...]:
    """Probabilities of 1, 2, … `steps` successes of a fair coin, none excluded: a look would find what it left."""
    log_half = -steps * math.log(2.0) + math.lgamma(steps + 1)
    p = [math.exp(log_half - math.lgamma(k + 1) - math.lgamma(steps - k + 1)) for k in range(1, steps + 1)]
    return tuple(each / math.fsum(p) for each in p)


def _place(walk: Walk) -> Place:
    return walk.place
