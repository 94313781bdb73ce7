"""The checks catch a strategy that breaks the contract: each liar has one fault, and the message names it."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import count

import pytest

from sampler import Accept, Rewind, Shape, Strategy
from tests.contracts import check_strategy
from tests.models import random_bigram

VOCAB = ["a", " b", " cat", "s", ".", " dog"]


class Fair(Strategy[int]):
    """Counts its tokens, and takes every " cat" back once; the liars below differ from it by one fault each."""

    def init(self, prompt):
        return 0

    def step(self, state, view):
        at = len(view.tokens) - 1
        if view.tokens[at] == 2:
            return view.states[at], Rewind(at, "cat", {2: -math.inf})
        return state + 1, Accept(settled=True)


class ListState(Fair):
    def init(self, prompt):
        return []

    def step(self, state, view):
        state.append(view.tokens[-1])
        return state, Accept(settled=True)


@dataclass(eq=False)
class Mutable:
    n: int = 0


class ObjectState(Fair):
    """Hashable, and changed in place all the same."""

    def init(self, prompt):
        return None

    def step(self, state, view):
        return Mutable(len(view.tokens)), Accept(settled=True)


class HiddenCounter(Fair):
    def __init__(self):
        self.steps = count()

    def step(self, state, view):
        if next(self.steps) % 3 == 2:
            return 0, Rewind(len(view.tokens) - 1, "third", {view.tokens[-1]: -math.inf})
        return state + 1, Accept(settled=True)


class SettlesTooEarly(Fair):
    def step(self, state, view):
        if len(view.tokens) == 4 and not view.given(1):
            return view.states[1], Rewind(1, "late", {view.tokens[1]: -math.inf})
        return state + 1, Accept(settled=len(view.tokens) < 4)


class RewindsIntoThePrompt(Fair):
    def step(self, state, view):
        return (0, Rewind(-1, "far")) if len(view.tokens) == 3 else (state + 1, Accept(settled=False))


class RollsItsOwnDice(Fair):
    """The chance is drawn once a generation, so that asking twice shows nothing."""

    def init(self, prompt):
        return self.luck

    def bind(self, vocab):
        self.luck = random.randint(0, 1 << 30)
        return self

    def step(self, state, view):
        at = len(view.tokens) - 1
        if random.Random(f"{self.luck} {tuple(view.tokens)}").random() < 0.3 and not view.given(at):
            return state, Rewind(at, "luck", {view.tokens[at]: -math.inf})
        return state, Accept(settled=True)


class DrawsFromTheModule(Fair):
    """Behaves like Fair, but spends the caller's random numbers."""

    def step(self, state, view):
        random.random()
        return super().step(state, view)


class RemembersTheLastText(Fair):
    """What one text ended with is banned in the next."""

    last = None

    def step(self, state, view):
        at = len(view.tokens) - 1
        banned = self.last
        if view.final:
            self.last = view.tokens[at]
        if view.tokens[at] == banned and view.final is None:
            return view.states[at], Rewind(at, "again", {banned: -math.inf})
        return state + 1, Accept(settled=True)


class ListensToItsNeighbours(Fair):
    """One token of memory, shared by all rows."""

    def __init__(self):
        self.seen = {}

    def step(self, state, view):
        key = (len(view.tokens), view.tokens[-1])
        self.seen.setdefault(key, view._row.request.id)
        at = len(view.tokens) - 1
        if self.seen[key] != view._row.request.id and not view.given(at):
            return view.states[at], Rewind(at, "neighbour", {view.tokens[at]: -math.inf})
        return state + 1, Accept(settled=True)


class WritesOnTheLogits(Fair):
    def shape(self, state, view):
        view.logits[0] = -9.0
        return Shape()


class BansBehindTheEnginesBack(Fair):
    def step(self, state, view):
        view._row.bans.add(view.tokens, "mine", {0: -1.0})
        return super().step(state, view)


class ReadsTheRowsStates(Fair):
    """Alone, the row's states are its own; in a chain they are everybody's."""

    def step(self, state, view):
        depth = view._row.states[-1]
        if not isinstance(depth, int):
            return state, Accept(settled=True)
        return super().step(state, view)


class GoesRoundForEver(Fair):
    """Redraws without a ban, which at temperature 0 gives the same token again, and does not refuse it."""

    def step(self, state, view):
        at = len(view.tokens) - 1
        if view.tokens[at] == int(view.logprobs.argmax()):
            return view.states[at], Rewind(at, "too likely")
        return state + 1, Accept(settled=True)


class BindsItself(Fair):
    """What " cat" is in the vocabulary that was bound last counts for all."""

    def bind(self, vocab):
        self.cat = vocab.encode(" cat")[0]
        return self

    def step(self, state, view):
        at = len(view.tokens) - 1
        if view.tokens[at] == self.cat:
            return view.states[at], Rewind(at, "cat", {self.cat: -math.inf})
        return state + 1, Accept(settled=True)


class DiffersWhenItBegins(Fair):
    def __init__(self):
        self.begun = count()

    def init(self, prompt):
        return next(self.begun)


@pytest.mark.parametrize(
    ("liar", "fault"),
    [
        (ListState, r"the state \[\] can be changed in place"),
        (ObjectState, r"the state Mutable\(n=1\) can be changed in place"),
        (HiddenCounter, "step: asked twice, it answers differently"),
        (SettlesTooEarly, "it takes back what it called settled"),
        (RewindsIntoThePrompt, r"rewind to -1 is outside 0\.\.3"),
        (RollsItsOwnDice, "the same keys give other texts: memory, or chance of its own"),
        (DrawsFromTheModule, "it draws from the random module; use view.choose"),
        (RemembersTheLastText, "asked twice, it answers differently|the same keys give other texts"),
        (ListensToItsNeighbours, "row 'y' alone is not row 'y' among others"),
        (WritesOnTheLogits, "shape: it changes the row or its logits"),
        (BansBehindTheEnginesBack, "step: it changes the row or its logits"),
        (ReadsTheRowsStates, "in a chain with Plain it"),
        (GoesRoundForEver, "at temperature 0 it goes round for ever"),
        (BindsItself, "bind changes the strategy itself"),
        (DiffersWhenItBegins, "init: asked twice, it begins with two different states"),
    ],
)
def test_a_lying_strategy_is_caught(liar, fault):
    with pytest.raises(AssertionError, match=fault):
        check_strategy(liar, random_bigram(VOCAB, 5), "a")


def test_the_fair_strategy_passes():
    assert any(g.events for g in check_strategy(Fair, random_bigram(VOCAB, 5), "a"))
