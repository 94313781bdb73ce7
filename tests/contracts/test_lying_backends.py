"""The checks catch a backend that breaks the contract: each liar has one fault, and the message names it."""

from __future__ import annotations

import random

import pytest

from sampler.backends import Extend, ScriptedBackend
from sampler.backends.base import Caps, Extended
from tests.contracts import check_backend
from tests.contracts.backend import Meter

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


class CallsAllGreedy(Honest):
    def scored(self, prompt, tokens):
        scored = super().scored(prompt, tokens)
        return scored._replace(greedy=scored.greedy | True)


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
        (CallsAllGreedy, "scored says that the best two tokens and the worst are greedy"),
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
