"""CARS draws the exact conditional whatever it has learned, and learns to reject less."""

from __future__ import annotations

from collections import defaultdict

import pytest

from sampler import BacktrackSampler, Decoding
from sampler.law import exact_law
from strategies import CARS, Rejection
from tests.models import all_texts, random_bigram, text_of, total_variation
from tests.strategies.walked import finished_rows

VOCAB = ["a", "b", "c", "<eos>"]
BANNED = ["ab", "cc"]
LENGTH = 2


def conditional(backend, length, banned):
    clean = {x: p for x, p in all_texts(backend, length).items() if not any(b in text_of(backend, x) for b in banned)}
    z = sum(clean.values())
    return {x: p / z for x, p in clean.items()}


def learned(backend, strategy):
    """What a text may leave behind, with its probability."""
    states = defaultdict(float)
    for row, mass in finished_rows(backend, strategy, LENGTH):
        states[row.states[0]] += mass
    return states


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_first_text_has_the_exact_law(seed):
    backend = random_bigram(VOCAB, seed, {3})
    banned = ["ab", "bca", "cc"]
    law = exact_law(backend, CARS(banned, whole_words=False), max_new_tokens=3)
    assert total_variation(law.probability, conditional(backend, 3, banned)) < 1e-12
    assert law.draws < exact_law(backend, Rejection(banned, whole_words=False), max_new_tokens=3).draws


@pytest.mark.parametrize("seed", [1, 2])
def test_so_has_the_second_whatever_the_first_left_behind(seed):
    backend, strategy = random_bigram(VOCAB, seed, {3}), CARS(BANNED, whole_words=False)
    states = learned(backend, strategy)
    assert len(states) == 4  # each of the two dead texts was met, or not
    for state in states:
        law = exact_law(backend, strategy.after(state), max_new_tokens=LENGTH)
        assert total_variation(law.probability, conditional(backend, LENGTH, BANNED)) < 1e-12


def test_each_repeat_draws_less_and_nothing_is_forgotten():
    backend, first = random_bigram(VOCAB, 1, {3}), CARS(BANNED, whole_words=False)
    draws, mass = [], {first: 1.0}
    for _ in range(3):
        draws.append(sum(p * exact_law(backend, s, max_new_tokens=LENGTH).draws for s, p in mass.items()))
        after = defaultdict(float)
        for strategy, p in mass.items():
            before = strategy.init(backend.vocab.prompt("")).known.dead
            for state, share in learned(backend, strategy).items():
                assert state.known.dead >= before
                after[state] += p * share
        mass = {first.after(state): p for state, p in after.items()}
    assert draws[0] > draws[1] > draws[2] >= LENGTH * 0.5


def test_a_unit_hands_on_what_it_learned_and_no_other_text_changes():
    backend = random_bigram(VOCAB, 1, {3})
    sampler = BacktrackSampler(backend, CARS(BANNED, whole_words=False), max_new_tokens=4, batch_size=2)
    ids = [f"{prompt}#{repeat}" for repeat in range(16) for prompt in "xy"]
    united = sampler.generate([""] * 32, ids, units=[name[0] for name in ids])
    alone = sampler.generate([""] * 32, ids)
    assert [g.id for g in united] == ids
    assert [g.tokens for g in united[:2]] == [g.tokens for g in alone[:2]]
    assert sum(g.cost.drawn for g in united) < sum(g.cost.drawn for g in alone)
    one_unit = sampler.generate([""] * 16, ids[::2], units=["x"] * 16)
    assert [g.tokens for g in one_unit] == [g.tokens for g in united[::2]]


def test_units_hold_one_prompt():
    sampler = BacktrackSampler(random_bigram(VOCAB, 1, {3}), CARS(["a"]))
    with pytest.raises(ValueError, match="units: 0 holds different prompts"):
        sampler.generate(["a", "b"], units=[0, 0])
    with pytest.raises(ValueError, match="units: 1 for 2 prompts"):
        sampler.generate(["a", "a"], units=[0])


def test_nothing_clean_ends_the_row_exhausted():
    backend = random_bigram(["a", "b"], 1)
    out = BacktrackSampler(backend, CARS(["a", "b"], whole_words=False), max_new_tokens=2).generate([""])[0]
    assert (out.finish_reason, out.tokens, out.cost.drawn) == ("exhausted", (), 2)


@pytest.mark.parametrize("decoding", [Decoding(temperature=0), Decoding(top_k=2), Decoding(top_p=0.9)])
def test_what_would_bend_the_law_is_refused(decoding):
    with pytest.raises(ValueError, match="use Rejection"):
        CARS(["a"]).check(decoding)
