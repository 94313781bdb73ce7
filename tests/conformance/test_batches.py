"""Groups 23–26: rows side by side, and what a model's cache may do to them. (docs/CONFORMANCE.md has the list.)"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from sampler import Accept, BacktrackSampler, CacheError, Rewind, Strategy
from sampler.backends import Extend, ScriptedBackend
from sampler.backends.base import Caps, Extended
from sampler.row import WINDOW
from strategies import AntiSlop, Chain, Plain, Replace
from tests.models import EOS, random_bigram
from tests.writing import picture

VOCAB = ["a", " b", " cat", "s", ".", EOS]
PROMPTS = ["a", "a cat", "a b", "a", " b", "as", "a."] * 2
IDS = [f"p{i}" for i in range(len(PROMPTS))]
STRATEGIES = {
    "hard": AntiSlop(["cat", "b b"]),
    "soft": AntiSlop({"cat": 0.4, "b b": 0.1}, ban="soft"),
    "tilt": AntiSlop({"cat": 0.4, "b b": 0.1}, ban="tilt"),
    "regex": AntiSlop(regexes=["b.{1,5}s"], rewind_to="sentence"),
    "chain": Chain(AntiSlop(["cat"], rewind_to="sentence"), Replace("s", ".")),
}


@pytest.fixture(params=STRATEGIES)
def strategy(request):
    return STRATEGIES[request.param]


def model():
    return random_bigram(VOCAB, 7, {5})


def sampler(backend, strategy, **options):
    return BacktrackSampler(backend, strategy, **({"max_new_tokens": 30, "stop": ("s.",)} | options))


# -- 23: company ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 3, 14])
def test_23_text_events_and_cost_are_the_same_whatever_the_batch_and_the_order(strategy, batch_size):
    """Guards: one generator for the whole batch, caches that neighbours share, costs that depend on company."""
    want = {g.id: picture(g) for g in sampler(model(), strategy, batch_size=5).generate(PROMPTS, IDS)}
    order = list(range(len(PROMPTS)))
    random.Random(batch_size).shuffle(order)
    got = sampler(model(), strategy, batch_size=batch_size).generate(
        [PROMPTS[i] for i in order], [IDS[i] for i in order]
    )
    assert {g.id: picture(g) for g in got} == want
    assert any(g.events for g in got)


def test_23_a_restart_in_the_middle_changes_nothing(strategy):
    """The rest of a batch, written by another process or after other texts, is what it would have been."""
    want = [picture(g) for g in sampler(model(), strategy).generate(PROMPTS, IDS)]
    backend = model()
    rows = sampler(backend, strategy, batch_size=4).as_completed(PROMPTS, IDS)
    done = {g.id: picture(g) for _, g in zip(range(5), rows, strict=False)}
    rows.close()
    rest = [i for i, name in enumerate(IDS) if name not in done]
    again = sampler(backend, strategy, batch_size=4).generate([PROMPTS[i] for i in rest], [IDS[i] for i in rest])
    done |= {g.id: picture(g) for g in again}
    assert [done[name] for name in IDS] == want


# -- 24: caches ----------------------------------------------------------------------------------------------------


def prefixes(batch_size, strategy):
    """How often the model was asked about each prefix."""
    asked: Counter[tuple[int, ...]] = Counter()
    inner = model()

    def next_logits(prefix):
        asked[prefix] += 1
        return inner.extend([Extend(0, 0, prefix)]).logits[0]

    sampler(ScriptedBackend(VOCAB, next_logits, {5}), strategy, batch_size=batch_size).generate(PROMPTS, IDS)
    return asked


def test_24_a_rewind_in_one_row_never_touches_anothers_cache(strategy):
    """Every row has the model see the very prefixes that it would see alone, each as often."""
    assert prefixes(14, strategy) == prefixes(1, strategy)


def test_24_a_slot_is_clean_when_it_is_used_again():
    """Fourteen rows through two slots, which they leave at different times."""
    backend, writer = model(), sampler(model(), Plain())
    alone = [picture(writer.generate([prompt], [name])[0]) for prompt, name in zip(PROMPTS, IDS, strict=True)]
    assert [picture(g) for g in sampler(backend, Plain(), batch_size=2).generate(PROMPTS, IDS)] == alone
    assert backend.slots.acquire() == 0


# -- 25, 26: caches that cannot, or do not -------------------------------------------------------------------------


class Replaying:
    """The scripted model behind a cache that can only grow: to cut it is to feed it again from the first token."""

    caps = Caps(max_len=1 << 20, rewind="replay")

    def __init__(self, inner):
        self._inner, self.vocab, self.slots = inner, inner.vocab, inner.slots
        self._held: dict[int, tuple[int, ...]] = {}

    def extend(self, batch):
        replayed = []
        for slot, keep, tokens in batch:
            held = self._held.get(slot, ())
            replayed.append(Extend(slot, keep, tokens) if keep == len(held) else Extend(slot, 0, held[:keep] + tokens))
            self._held[slot] = held[:keep] + tokens
        return self._inner.extend(replayed)

    def score(self, prompt, tokens):
        return self._inner.score(prompt, tokens)


def test_25_a_cache_that_cannot_be_cut_gives_the_same_text_and_says_what_it_fed_again(strategy):
    exact = sampler(model(), strategy).generate(PROMPTS, IDS)
    replayed = sampler(Replaying(model()), strategy).generate(PROMPTS, IDS)
    assert [(g.tokens, g.history, g.logprobs) for g in replayed] == [(g.tokens, g.history, g.logprobs) for g in exact]
    for ours, theirs in zip(replayed, exact, strict=True):
        assert theirs.cost.refed == 0
        assert ours.cost.fed == theirs.cost.fed + ours.cost.refed
    assert sum(g.cost.refed for g in replayed) > 0


class BackOnce(Strategy[None]):
    """Goes back by `depth` tokens once, when there are `when`."""

    def __init__(self, when, depth):
        self.when, self.to = when, when - depth

    def init(self, prompt):
        return None

    def step(self, state, view):
        if len(view.tokens) == self.when and not view.given(self.to):
            return None, Rewind(self.to, "back", {view.tokens[self.to]: -1.0})
        return None, Accept(settled=False)


@pytest.mark.parametrize(("depth", "refed"), [(5, 95), (WINDOW + 5, 100 - WINDOW - 5)])
def test_25_what_is_fed_again_is_counted_token_by_token(depth, refed):
    """A replay feeds the prompt (1) and what was kept; the token behind it is new."""
    backend = Replaying(random_bigram(VOCAB[:5], 1))
    g = sampler(backend, BackOnce(100, depth), max_new_tokens=110, stop=()).generate(["a"])[0]
    assert g.cost.refed == refed + 1
    assert g.cost.kept == 110


def test_26_a_failing_cache_is_an_error_and_its_slots_come_back():
    """Guards: a warning, and wrong logits after it."""

    class Breaks(ScriptedBackend):
        def extend(self, batch) -> Extended:
            if any(item.keep > 3 for item in batch):
                raise CacheError("slot 0: cannot be cut")
            return super().extend(batch)

    inner = model()
    backend = Breaks(VOCAB, inner._next_logits, {5})
    with pytest.raises(CacheError, match="slot 0: cannot be cut"):
        sampler(backend, Plain(), batch_size=3).generate(PROMPTS, IDS)
    assert [backend.slots.acquire() for _ in range(3)] == [0, 1, 2]


def test_26_keeping_more_than_a_slot_holds_is_an_error():
    backend = model()
    backend.extend([Extend(0, 0, (1, 2))])
    with pytest.raises(CacheError, match="slot 0: asked to keep 3 tokens, but it holds 2"):
        backend.extend([Extend(0, 3, (1,))])
