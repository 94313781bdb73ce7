"""Random decisions of a strategy: each has a key of its own, whenever the strategy takes it."""

from __future__ import annotations

import math

from sampler import Accept, BacktrackSampler, Decoding, Rewind, Shape, Strategy
from sampler.backends import ScriptedBackend
from sampler.draw import keyed_draw
from tests.models import random_bigram

VOCAB = ["a", "b", "c", "<eos>"]


class Gambler(Strategy[int]):
    """Takes chances before a draw, after it, and when nothing is left; now and then goes back."""

    def init(self, prompt):
        return 0

    def shape(self, state, view):
        return Shape(bias={view.choose([1, 1]): -1.0, view.choose([1, 1, 1]): -1.0})

    def step(self, state, view):
        back = len(view.tokens) - 1
        if view.choose([1, 1]) and back >= view.released:
            return view.states[back], Rewind(back, "gamble", {view.tokens[-1]: -math.inf})
        return state, Accept(settled=False)

    def exhausted(self, state, view):
        at = len(view.tokens)
        if at > view.released and view.choose([1, 1]):
            return view.states[at - 1], Rewind(at - 1, "exhausted", {view.tokens[-1]: -1.0})
        return state, Accept(settled=False)


def keys_of(backend, strategy, **options):
    keys = []

    def draw(probs, key):
        keys.append(key)
        return keyed_draw(probs, key)

    BacktrackSampler(backend, strategy, max_new_tokens=12, draw=draw, **options).generate([""] * 20)
    return keys


def test_no_two_decisions_share_a_key():
    """Guards: the first choice of `shape` and the first of `step` drew the same number, so that chances taken by two
    strategies of a chain were one and the same; so did a choice taken again after `exhausted` lifted the bans."""
    keys = keys_of(random_bigram(VOCAB, 5, {3}), Gambler())
    assert len(set(keys)) == len(keys)
    assert max(key.nth for key in keys) > 3  # shape was asked again at the same draw


class Twice(Strategy[tuple[int, ...]]):
    """Tosses a fair coin before and after each draw, and keeps what fell."""

    def init(self, prompt):
        return ()

    def shape(self, state, view):
        return Shape(bias={view.choose([1, 1]): 1.0})

    def step(self, state, view):
        return (*state, view.choose([1, 1])), Accept(settled=True)


def test_a_chance_before_a_draw_tells_nothing_about_one_after_it():
    """The token shows which way the first coin fell: 0 or 1, for the model only knows what the bias lifts."""
    backend = ScriptedBackend(["a", "b"], lambda prefix: [0.0, 0.0])
    sampler = BacktrackSampler(backend, Twice(), Decoding(temperature=0), max_new_tokens=400)
    out = sampler.generate([""])[0]
    agree = sum(token == coin for token, coin in zip(out.tokens, out.state, strict=True))
    assert 150 < agree < 250  # fair coins: 5 standard deviations either way; one shared number gives 400
