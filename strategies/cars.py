"""Rejection that learns: what is known to be dead is never drawn again, and every kept text is still exact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from typing import NamedTuple, Self

from sampler import Accept, Decision, Decoding, Prompt, Rewind, Shape, Stop, Strategy, View
from strategies.finder import Finder, Place
from strategies.phrases import PhraseList, parse_phrases


class Prefix(NamedTuple):
    """A prefix in the trie of dead texts. `dead`: the share of its continuations that are known to be banned."""

    dead: float = 0.0
    branches: tuple[Branch, ...] = ()  # by token; shared with every trie that has the same one

    def child(self, token: int) -> Prefix:
        return next((branch.prefix for branch in self.branches if branch.token == token), UNKNOWN)

    def having(self, token: int, p: float, child: Prefix) -> Prefix:
        """This prefix with `child` behind `token`, which follows it with probability `p`.

        The mass is summed from all branches in one order, so that it does not depend on when each was found.
        """
        others = (branch for branch in self.branches if branch.token != token)
        branches = tuple(sorted((*others, Branch(token, p, child)), key=lambda branch: branch.token))
        return Prefix(min(math.fsum(b.p * b.prefix.dead for b in branches), 1.0), branches)


class Branch(NamedTuple):
    token: int
    p: float
    prefix: Prefix


UNKNOWN, DEAD = Prefix(), Prefix(dead=1.0)


class Way(NamedTuple):
    """Where a text stands."""

    place: Place
    p: float  # of its last token, at the draw's temperature
    known: Prefix  # of the trie; before the first token the whole of it


class CARS(Strategy[Way]):
    """Begins again when something banned is complete, and draws from what is not known to be dead.

    Constrained adaptive rejection sampling (Parys et al. 2025, arXiv 2510.01902). The prefix after which nothing
    clean can follow is dead, and its mass is taken off every prefix above it. A token t behind u is drawn with
    p(t|u) · (1 - dead(ut)) / (1 - dead(u)): a text then has p(x) / (1 - dead(root)), so those that are kept keep
    their proportions, and a text is kept with Z / (1 - dead(root)), which only grows.

    Law: p conditioned on holding nothing banned, exactly, p being the model at its temperature; for every text of a
    unit, whatever was found by those before it. What is found is handed on to the next repeat of the same prompt
    (`after`). Truncation would look at rows that are bent already, and is refused. A row whose `max_draws` run out
    ends "budget" and is no sample of the law.
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
        self._known = UNKNOWN

    def check(self, decoding: Decoding) -> None:
        if decoding.greedy or decoding.truncates:
            raise ValueError(
                "decoding: CARS is exact for the whole distribution at a positive temperature only; "
                "switch top_k, top_p and min_p off, or use Rejection, whose law follows truncation"
            )

    def after(self, state: Way) -> Self:
        wiser = copy(self)
        wiser._known = state.known
        return wiser

    def init(self, prompt: Prompt) -> Way:
        return Way(self.finder.begin(prompt), 1.0, self._known)

    def shape(self, state: Way, view: View) -> Shape:
        return Shape(bias={branch.token: _log_alive(branch.prefix.dead) for branch in state.known.branches})

    def step(self, state: Way, view: View) -> tuple[Way, Decision]:
        found = self.finder.read(view.of(_place))
        token = view.tokens[-1]
        p = math.exp(float(view.logprobs[token]))
        note = "; ".join(found.notes)
        if not found.hits:
            return Way(found.place, p, state.known.child(token)), Accept(settled=False, note=note)
        again = view.states[0] if view.draws_left == 0 else _without(view, p)  # a budget's end says nothing of a prefix
        return again, Rewind(0, self.finder.whys[found.hits[0].entry], note=note)

    def exhausted(self, state: Way, view: View) -> tuple[Way, Decision]:
        """Rounding alone leads to a prefix whose continuations are all dead, unless that is the root: then Z = 0."""
        if not view.tokens:
            return state, Stop("exhausted")
        return _without(view, state.p), Rewind(0, "exhausted")


def _without(view: View, p: float) -> Way:
    """The beginning, knowing that the text so far, whose last token has probability `p`, is dead."""
    ways: Sequence[Way] = view.states[: len(view.tokens)]
    ps = [*(way.p for way in ways[1:]), p]
    known = DEAD
    for i in reversed(range(len(ps))):
        known = ways[i].known.having(view.tokens[i], ps[i], known)
    return ways[0]._replace(known=known)


def _log_alive(dead: float) -> float:
    return math.log1p(-dead) if dead < 1 else -math.inf


def _place(way: Way) -> Place:
    return way.place
