"""The checks catch who breaks the contract: each liar has one fault, and the message names it."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import count

import pytest

from sampler import Accept, Rewind, Shape, Strategy
from sampler.backends import Extend, ScriptedBackend
from sampler.backends.base import Caps, Extended
from tests.contracts import check_backend, check_strategy
from tests.contracts.backend import Meter
from tests.models import random_bigram

VOCAB = ["a", " b", " cat", "s", ".", " dog"]


def next_logits(prefix):
    """Depends on every token of the prefix and its place, so that no stale or foreign one goes unseen."""
    rng = random.Random(repr(prefix))
    return [rng.uniform(-2, 2) for _ in VOCAB]


class Honest(ScriptedBackend):
    def __init__(self):
        super().__init__(VOCAB, next_logits)


class NeverCuts(Honest):
    def _extended(self, item):
        self._cache[item.slot] = (*self._cache.get(item.slot, ()), *item.tokens) if item.keep else item.tokens
        return self._cache[item.slot]


class MixesRowsUp(Honest):
    def extend(self, batch):
        extended = super().extend(batch)
        return extended._replace(logits=extended.logits.flip(0))


class LooksAtItsPadding(Honest):
    """Pads every row of a batch to the longest, and lets the model see it."""

    def extend(self, batch):
        width = max(len(item.tokens) for item in batch)
        texts = [(0,) * (width - len(item.tokens)) + self._extended(item) for item in batch]
        return (
            super()
            .extend(batch)
            ._replace(logits=super().extend([Extend(99 + i, 0, t) for i, t in enumerate(texts)]).logits)
        )


class ChangesOnRepeat(Honest):
    calls = 0

    def extend(self, batch):
        self.calls += 1
        extended = super().extend(batch)
        return extended._replace(logits=extended.logits + 1e-6 * self.calls)


class RemembersALongerText(Honest):
    """Stale columns behind a shorter text are not hidden."""

    def _extended(self, item):
        stale = self._cache.get(item.slot, ())[len(item.tokens) :] if item.keep == 0 else ()
        self._cache[item.slot] = super()._extended(item)
        return stale + self._cache[item.slot]


class KeepsWhatIsNotThere(Honest):
    def _extended(self, item):
        return super()._extended(item._replace(keep=min(item.keep, len(self._cache.get(item.slot, ())))))


class WritesIntoOneBuffer(Honest):
    buffer = None

    def extend(self, batch):
        extended = super().extend(batch)
        if self.buffer is None or self.buffer.shape != extended.logits.shape:
            self.buffer = extended.logits
        return extended._replace(logits=self.buffer.copy_(extended.logits))


class ScoresTheNextToken(Honest):
    def score(self, prompt, tokens):
        return super().score(prompt, (*tokens[1:], tokens[0]))


class DropsALogit(Honest):
    def extend(self, batch):
        return super().extend(batch)._replace(logits=super().extend(batch).logits[:, :-1])


@pytest.mark.parametrize(
    ("liar", "fault"),
    [
        (NeverCuts, "the same call made twice gives two answers, behind a cut"),
        (MixesRowsUp, "a row of 3 tokens, batched with .* is not itself"),
        (LooksAtItsPadding, r"a row of 1 tokens, batched with \(1, 7, 2, 4\), is not itself"),
        (ChangesOnRepeat, "the same call made twice gives two answers"),
        (RemembersALongerText, "a slot that is used again remembers its last text"),
        (KeepsWhatIsNotThere, "asked to keep 3 tokens of 2 and raised no CacheError"),
        (WritesIntoOneBuffer, "a later call overwrites the logits of an earlier one"),
        (ScoresTheNextToken, "score is not the log-probs that the draws are made from"),
        (DropsALogit, r"logits have the shape \(1, 5\), not \[B, V\] = \(1, 6\)"),
    ],
)
def test_a_lying_backend_is_caught(liar, fault):
    with pytest.raises(AssertionError, match=fault):
        check_backend(liar())


class ForgetsAtLength(Honest):
    """Right on short texts; behind 20 tokens a cut leaves one stale token."""

    def _extended(self, item):
        held = self._cache.get(item.slot, ())
        after = super()._extended(item)
        return after if len(held) < 20 or item.keep in (0, len(held)) else (held[item.keep], *after[1:])


def test_a_backend_that_lies_only_on_long_histories_is_caught():
    with pytest.raises(AssertionError, match=r"slot \d cut to \d+ and fed \d is not its text: a stale cache"):
        check_backend(ForgetsAtLength(), steps=100)


class Replays(Honest):
    """An honest replay, with a meter; the two below lie about it."""

    caps = Caps(max_len=1000, rewind="replay")

    def __init__(self):
        super().__init__()
        self.caps, self.real = type(self).caps, Meter(0, 0)

    def extend(self, batch):
        fed = []
        for item in batch:
            is_cut = item.keep < len(self._cache.get(item.slot, ()))
            fed.append(len(item.tokens) + (item.keep if is_cut else 0))
        self.real = Meter(self.real.forwards + 1, self.real.fed + sum(fed))
        return self.said(super().extend(batch), tuple(fed))

    def said(self, extended: Extended, fed):
        return extended._replace(fed=fed)


class HidesItsReplay(Replays):
    def said(self, extended, fed):
        return extended


class HidesItsForwards(Replays):
    def said(self, extended, fed):
        return Extended(extended.logits, (0,) * len(fed), fed)


def test_a_backend_that_hides_its_work_is_caught():
    honest = Replays()
    check_backend(honest, meter=lambda: honest.real)
    for liar, fault in (
        (HidesItsReplay(), "reports 4 tokens fed, but 6 were"),
        (HidesItsForwards(), "reports 0 forwards"),
    ):
        with pytest.raises(AssertionError, match=fault):
            check_backend(liar, meter=lambda liar=liar: liar.real)


def test_the_honest_backend_passes():
    check_backend(Honest())


# -- strategies ----------------------------------------------------------------------------------------------------


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
