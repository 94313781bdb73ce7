"""The law of every strategy whose law is known, by exact enumeration of the real engine: nothing is sampled."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampler import Decoding
from sampler.law import exact_law
from strategies import AntiSlop, Plain, TokenBan
from tests.models import all_texts, bigram, random_bigram, text_of, total_variation

VOCAB = ["a", "b", "c", "<eos>"]
EOS = {3}
LENGTH = 3
BANNED = ["ab", "bca", "cc"]


def conditional(backend, length, weight):
    """The plain law reweighted by `weight(text)` and normalised."""
    law = {x: p * weight(text_of(backend, x)) for x, p in all_texts(backend, length).items()}
    z = sum(law.values())
    return {x: p / z for x, p in law.items() if p > 0}


def is_clean(text):
    return float(not any(phrase in text for phrase in BANNED))


@pytest.fixture(params=[1, 2, 3])
def backend(request):
    return random_bigram(VOCAB, request.param, EOS)


def ban(**options):
    return AntiSlop(BANNED, whole_words=False, **options)


def test_plain_draws_the_model(backend):
    law = exact_law(backend, Plain(), max_new_tokens=LENGTH)
    assert total_variation(law.probability, all_texts(backend, LENGTH)) < 1e-12
    assert law.draws == pytest.approx(law.kept)


def test_temperature_and_truncation_come_before_the_draw(backend):
    law = exact_law(backend, Plain(), decoding=Decoding(temperature=0.5, top_k=2), max_new_tokens=1)
    squares = sorted(((p**2, x) for x, p in all_texts(backend, 1).items()), reverse=True)[:2]
    z = sum(p for p, _ in squares)
    assert law.probability == pytest.approx({x: p / z for p, x in squares})


def test_greedy_has_one_outcome(backend):
    law = exact_law(backend, ban(), decoding=Decoding(temperature=0), max_new_tokens=LENGTH)
    assert len(law.probability) == 1
    assert law.mass() == pytest.approx(1)


def test_token_ban_is_the_model_on_allowed_tokens(backend):
    law = exact_law(backend, TokenBan(["ab"]), max_new_tokens=2)
    assert all(0 not in tokens for tokens in law.probability)
    first = {x[0]: p for x, p in all_texts(backend, 1).items()}
    got = {}
    for tokens, p in law.probability.items():
        got[tokens[0]] = got.get(tokens[0], 0) + p
    z = 1 - first[0]
    assert got == pytest.approx({token: p / z for token, p in first.items() if token != 0})


def test_rejection_is_the_exact_conditional(backend):
    law = exact_law(backend, ban(ban="none", rewind_to="start"), max_new_tokens=LENGTH)
    assert total_variation(law.probability, conditional(backend, LENGTH, is_clean)) < 1e-11


def test_tilt_from_the_start_is_the_tilted_law(backend):
    factors = {"ab": 0.3, "bca": 0.6, "b": 0.9}

    def weight(text):
        return math.prod(f ** sum(text.startswith(p, i) for i in range(len(text))) for p, f in factors.items())

    strategy = AntiSlop(factors, ban="tilt", rewind_to="start", whole_words=False)
    law = exact_law(backend, strategy, max_new_tokens=LENGTH)
    assert total_variation(law.probability, conditional(backend, LENGTH, weight)) < 1e-11


def test_tilt_with_factor_one_is_plain(backend):
    law = exact_law(backend, ban(ban="tilt", strength=0.0), max_new_tokens=LENGTH)
    assert total_variation(law.probability, all_texts(backend, LENGTH)) < 1e-11


@pytest.mark.parametrize("rewind_to", ["phrase", "token", "sentence", "start"])
@pytest.mark.parametrize("rule", ["hard", "none"])
def test_no_text_holds_a_phrase_and_no_mass_is_lost(backend, rule, rewind_to):
    # bans far behind the rewind make every subset of them a place of its own: two tokens are enough there
    length = 2 if rule == "hard" and rewind_to in ("sentence", "start") else LENGTH
    law = exact_law(backend, ban(ban=rule, rewind_to=rewind_to), max_new_tokens=length, tolerance=1e-9)
    assert all(is_clean(text_of(backend, tokens)) for tokens in law.probability)
    assert law.mass() + law.residual == pytest.approx(1, abs=1e-12)


def absorption(backend, target):
    """The law of a memoryless redraw, by linear algebra: prefixes are places of a Markov chain, hits lead back.

    `target(tokens, start)` is where a phrase that begins at token `start` and ends with the last token leads back to.
    """
    places, steps, ends = {(): 0}, [], []
    queue = [()]
    while queue:
        prefix = queue.pop()
        for token in range(backend.vocab.size):
            mass = float(backend.score(prefix, [token])[0].exp())
            tokens = (*prefix, token)
            starts = [i for i in range(len(tokens)) if text_of(backend, tokens[i:]) in BANNED]
            if starts:
                steps.append((prefix, tokens[: target(tokens, min(starts))], mass))
            elif token in EOS or len(tokens) == LENGTH:
                ends.append((prefix, tokens, mass))
            else:
                places[tokens] = len(places)
                queue.append(tokens)
                steps.append((prefix, tokens, mass))
    moves = np.eye(len(places))
    for here, there, mass in steps:
        moves[places[here], places[there]] -= mass
    visits = np.linalg.inv(moves)[0]  # expected visits of each place, from the start
    return {tokens: visits[places[prefix]] * mass for prefix, tokens, mass in ends}


def test_redrawing_without_a_ban_is_the_chain_that_forgets(backend):
    """`ban="none"` has no closed form, but its law is that of a finite Markov chain, solved here without the engine."""
    where = {"phrase": lambda tokens, start: start, "token": lambda tokens, start: len(tokens) - 1}
    for rewind_to, target in where.items():
        law = exact_law(backend, ban(ban="none", rewind_to=rewind_to), max_new_tokens=LENGTH)
        assert total_variation(law.probability, absorption(backend, target)) < 1e-11


def single_site(q, c):
    """One place where the phrase "ab" may begin: a with probability q there, completed with probability c."""
    table = {"start": [q, 0, 1 - q, 0], "a": [0, c, 1 - c, 0]}
    end = [0, 0, 0, 1]
    return bigram(VOCAB, [table["a"], end, end, end, table["start"]], EOS)


@pytest.mark.parametrize(("q", "c"), [(0.3, 0.5), (0.9, 0.5), (0.2, 0.9), (0.5, 0.0), (0.7, 1.0)])
def test_single_site_closed_forms(q, c):
    """P*(a) = q(1-c)/(1-qc); antislop keeps a with q(1-c): TV = q²c(1-c)/(1-qc); redrawing without a ban is exact."""
    backend = single_site(q, c)

    def keeps_a(**options):
        strategy = AntiSlop(["ab"], whole_words=False, **options)
        law = exact_law(backend, strategy, max_new_tokens=5)
        return sum(p for tokens, p in law.probability.items() if tokens[0] == 0)

    exact = q * (1 - c) / (1 - q * c)
    assert keeps_a(ban="none") == pytest.approx(exact, abs=1e-11)
    assert keeps_a(ban="hard") == pytest.approx(q * (1 - c), abs=1e-12)
    assert exact - keeps_a(ban="hard") == pytest.approx(q * q * c * (1 - c) / (1 - q * c), abs=1e-11)
    assert keeps_a(ban="hard", rewind_to="token") == pytest.approx(q if c < 1 else 0, abs=1e-12)  # the local mask


def test_soft_ban_of_a_dominant_phrase_lets_it_stand_once_penalised():
    """A phrase drawn again after its penalty stays (counted "passed"): mass q·c·q'c where q' is the penalised q."""
    q, c, factor = 0.6, 0.5, 0.25
    law = exact_law(single_site(q, c), AntiSlop({"ab": factor}, ban="soft", whole_words=False), max_new_tokens=5)
    penalised = q * factor / (q * factor + 1 - q)
    stands = sum(p for tokens, p in law.probability.items() if tokens[:2] == (0, 1))
    assert stands == pytest.approx(q * c * penalised * c, abs=1e-12)
    passed = [g for tokens, g in law.finished.items() if tokens[:2] == (0, 1)]
    assert [note.note for note in passed[0].notes] == ["passed phrase:ab"]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    phrases=st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4, unique=True),
    rewind_to=st.sampled_from(["phrase", "token"]),
)
def test_hard_bans_end_and_hold_for_any_model_and_list(seed, phrases, rewind_to):
    """Termination: each rewind forbids one more (prefix, token) of finitely many, so the tree of draws is finite."""
    backend = random_bigram(VOCAB, seed, EOS)
    law = exact_law(backend, AntiSlop(phrases, whole_words=False, rewind_to=rewind_to), max_new_tokens=3, tolerance=0)
    assert law.mass() == pytest.approx(1, abs=1e-12)
    for tokens in law.probability:
        assert not any(phrase in text_of(backend, tokens) for phrase in phrases)
