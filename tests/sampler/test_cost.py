"""What a text cost is a fold over its events, and every part of it can be counted another way."""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import pairwise

import pytest
import torch

from sampler import BacktrackSampler, Cost, Decoding, Rewound
from sampler.backends import ScriptedBackend
from sampler.decoding import divergence, weights
from sampler.events import Committed, Drew, Forward
from sampler.law import exact_law
from strategies import AntiSlop, BadWords, Chain, Plain, Rejection, TokenBan
from tests.models import EOS, all_texts, bigram, random_bigram, text_of

VOCAB = ["a", "b", " c", "d", EOS]
PHRASES = ["ab", "b c", "d"]
STRATEGIES = {
    "plain": Plain(),
    "hard": AntiSlop(PHRASES, whole_words=False),
    "soft": AntiSlop(dict.fromkeys(PHRASES, 0.3), ban="soft", whole_words=False),
    "far back": AntiSlop(["c d", "b c"], whole_words=False, rewind_to="start", ban="none"),
    "rejection": Rejection(["ab"]),
    "chain": Chain(TokenBan(["d"]), AntiSlop(["ab"], whole_words=False)),
}


def counting() -> tuple[ScriptedBackend, list[tuple[int, ...]]]:
    """A random bigram model, and the prefixes that it was asked for, whatever the engine says about them."""
    rng = random.Random(3)
    table = [[*(rng.uniform(-2.0, 0.0) for _ in VOCAB[:-1]), -5.0] for _ in VOCAB]  # texts are long enough to go wrong
    calls: list[tuple[int, ...]] = []

    def next_logits(prefix: tuple[int, ...]) -> list[float]:
        calls.append(prefix)
        return table[prefix[-1]]

    return ScriptedBackend(VOCAB, next_logits, {4}), calls


@pytest.fixture
def traced(request):
    """The events of one text, and how often the model was called for it."""
    name, id = request.param
    backend, calls = counting()
    events = list(BacktrackSampler(backend, STRATEGIES[name], max_new_tokens=40).trace("a", id))
    return events, len(calls)


CASES = [(name, str(n)) for name in STRATEGIES for n in range(4)]


@pytest.mark.parametrize("traced", CASES, indirect=True, ids=lambda case: f"{case[0]} {case[1]}")
def test_the_sums_are_what_happened(traced):
    """D = K + Σ depth, and F = D - draws that the held logits served."""
    events, calls = traced
    cost = Cost.of(events)
    depths = [event.at - event.to for event in events if isinstance(event, Rewound)]
    assert cost.drawn == cost.kept + sum(depths) == sum(isinstance(event, Drew) for event in events)
    visible = [event for event in events if isinstance(event, Drew | Forward)]
    served = sum(isinstance(before, Drew) and isinstance(after, Drew) for before, after in pairwise(visible))
    assert calls == cost.forwards == cost.drawn - served


@pytest.mark.parametrize("traced", CASES, indirect=True, ids=lambda case: f"{case[0]} {case[1]}")
def test_a_settled_token_stays_and_its_wait_is_counted_once(traced):
    """What has been released is a prefix of the final text; every kept token has waited some number of draws."""
    events, _ = traced
    stands: list[tuple[int, int]] = []  # token, and the number of its draw
    settled, drawn, waits = [], 0, Counter()
    for event in events:
        if isinstance(event, Drew):
            drawn += 1
            stands.append((event.token, drawn))
        elif isinstance(event, Rewound):
            assert event.to >= len(settled)
            del stands[event.to :]
        elif isinstance(event, Committed):
            waits.update(drawn - born for _, born in stands[len(settled) : event.tokens])
            settled = stands[: event.tokens]
    cost = Cost.of(events)
    assert settled == stands
    assert cost.held_back == waits
    assert cost.held_back.total() == cost.kept == len(stands)


@pytest.mark.parametrize("traced", CASES, indirect=True, ids=lambda case: f"{case[0]} {case[1]}")
def test_a_rewind_says_how_likely_the_first_token_was_that_it_took_back(traced):
    events, _ = traced
    logprobs: list[float] = []
    for event in events:
        if isinstance(event, Drew):
            logprobs.append(event.logprob)
        elif isinstance(event, Rewound):
            assert event.logprob == (logprobs[event.to] if event.to < event.at else None)
            del logprobs[event.to :]


def test_cost_adds_up_over_rows() -> None:
    rows = [Cost(drawn=2, ban_nats=0.5, held_back=Counter({0: 2})), Cost(drawn=3, held_back=Counter({0: 1, 4: 2}))]
    both = rows[0] + rows[1]
    assert (both.drawn, both.ban_nats, both.held_back) == (5, 0.5, Counter({0: 3, 4: 2}))
    assert both.as_record()["held_back"] == {"0": 3, "4": 2}


def scripted(*tokens):
    """A draw that takes these tokens in turn."""
    left = list(tokens)
    return lambda probs, key: left.pop(0)


def test_bans_of_tokens_that_were_taken_back_cost_nothing() -> None:
    """a, with c banned behind it; then "ab" goes back to the start and bans a: in the end only that ban stands."""
    uniform = bigram(["a", "b", "c", EOS], [[0.25] * 4] * 5, {3})
    strategy = AntiSlop(["c", "ab"], whole_words=False)
    out = BacktrackSampler(uniform, strategy, draw=scripted(0, 2, 1, 1, 3), max_new_tokens=9).generate([""])[0]
    assert (out.text, [event.to for event in out.events]) == ("b", [1, 0])
    assert out.cost.ban_nats == pytest.approx(-math.log(0.75))
    assert out.cost.as_record()["ban_nats"] == 0.287682


def test_truncation_does_not_change_what_a_ban_costs() -> None:
    """The ban takes 0.3 of the model's mass, whether or not top_k leaves more than one token."""
    model = bigram(["a", "b", EOS], [[0.3, 0.5, 0.2]] * 4, {2})
    for decoding in (Decoding(), Decoding(top_k=1), Decoding(temperature=0)):
        out = BacktrackSampler(model, TokenBan(["a"]), decoding, max_new_tokens=1).generate([""])[0]
        assert out.cost.ban_nats == pytest.approx(-math.log(0.7))


def price(scores, free):
    """The divergence of one row [V] from another."""
    return float(divergence(scores[None], free[None], *weights(scores[None])))


def test_a_soft_bias_costs_its_kl() -> None:
    """p = (.3, .7) with the first halved: q = (.15, .7)/.85, and KL(q‖p) is taken term by term."""
    free = torch.tensor([0.3, 0.7], dtype=torch.float64).log()
    biased = free + torch.tensor([math.log(0.5), 0.0], dtype=torch.float64)
    q = (0.15 / 0.85, 0.7 / 0.85)
    expected = q[0] * math.log(q[0] / 0.3) + q[1] * math.log(q[1] / 0.7)
    assert price(biased, free) == pytest.approx(expected)
    assert price(free, free) == 0.0


def test_a_token_that_was_impossible_before_costs_nothing() -> None:
    free = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64).log()
    banned = torch.tensor([-math.inf, 0.0, -math.inf], dtype=torch.float64)
    assert price(banned, free) == pytest.approx(math.log(2))


def test_masks_estimate_the_mass_without_a_phrase() -> None:
    """E_M[Π m] = Z (SCIENCE of masking): the ban costs of masked texts are the model's own mass of clean ones."""
    model = random_bigram(["a", "b", EOS], 5, {2})
    law = exact_law(model, BadWords(["ab"]), max_new_tokens=5)
    clean = sum(mass for tokens, mass in all_texts(model, 5).items() if "ab" not in text_of(model, tokens))
    estimate = sum(mass * math.exp(-law.finished[tokens].cost.ban_nats) for tokens, mass in law.probability.items())
    assert 0.1 < clean < 0.9
    assert estimate == pytest.approx(clean, abs=1e-12)


def test_the_traces_above_go_back_and_hold_back() -> None:
    """Else the sums would be tried on plain texts alone."""
    costs = [
        Cost.of(BacktrackSampler(counting()[0], STRATEGIES[name], max_new_tokens=40).trace("a", id))
        for name, id in CASES
    ]
    assert sum(cost.rewinds.total() for cost in costs) > 50
    assert sum(any(cost.held_back - Counter({0: cost.kept})) for cost in costs) > 8
    assert sum(cost.ban_nats > 0 for cost in costs) > 8
