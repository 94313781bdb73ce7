"""DRY against its definition: every place compared with the text's end, token by token."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampler import BacktrackSampler, Decoding
from sampler.backends import ScriptedBackend
from sampler.law import exact_law
from strategies import DRY
from strategies.dry import repeated
from tests.strategies.stepwise import assert_law, assert_rewinds, softmax

VOCAB = ["a", "b", ":", "<eos>"]
LENGTH = 5


def model(seed):
    """Logits of both signs that depend on the last token."""
    rng = random.Random(seed)
    table = [[rng.gauss(0, 1.5) for _ in VOCAB] for _ in range(len(VOCAB) + 1)]
    return ScriptedBackend(VOCAB, lambda prefix: table[prefix[-1] if prefix else -1], {3})


@pytest.fixture(params=[1, 2, 3])
def backend(request):
    return model(request.param)


def naive(tokens, longest):
    """token → the longest repeat of at most `longest` tokens that it continued, by comparing slices everywhere."""
    found = {}
    for end in range(1, len(tokens)):
        fits = [n for n in range(1, min(end, longest) + 1) if tokens[end - n : end] == tokens[len(tokens) - n :]]
        if fits:
            found[tokens[end]] = max(found.get(tokens[end], 0), *fits)
    return found


@given(st.lists(st.integers(0, 2), max_size=40).map(tuple), st.integers(1, 50))
def test_repeats_are_those_of_the_definition(tokens, longest):
    assert repeated(tokens, longest) == naive(tokens, longest)


@given(st.lists(st.integers(0, 1), min_size=1, max_size=4), st.integers(2, 12), st.integers(1, 60))
def test_periodic_texts_too(period, times, longest):
    """Guards: matches that overlap the text's end, where a Z-algorithm goes wrong first."""
    tokens = tuple(period) * times
    assert repeated(tokens, longest) == naive(tokens, longest)


def test_a_long_monotonous_text_is_read_in_linear_time():
    """Guards: each of 40,000 places compared with the end, which takes 800 million steps instead of 80,000."""
    assert repeated((7,) * 40_000, 1 << 30) == {7: 39_999}


def rule(prompt=(), breakers=(2,), last_n=-1, temperature=1.0, multiplier=0.8, base=1.75, allowed=2):
    def probabilities(tokens, logits):
        text = (*prompt, *tokens)
        text = text if last_n < 0 else text[-last_n:]
        ends = [i for i, token in enumerate(text) if token in breakers]
        run = len(text) - (ends[-1] + 1 if ends else 0)
        for token, n in naive(text, run).items():
            if n >= allowed and token not in breakers:
                logits[token] -= multiplier * base ** (n - allowed)
        return softmax([logit / temperature for logit in logits])

    return probabilities


@pytest.mark.parametrize("prompt", [(), (0, 1, 0, 1), (0, 0, 2, 0, 0), (1, 2)])
def test_the_law_is_the_penalised_model(backend, prompt):
    assert_law(backend, DRY(), rule(prompt), LENGTH, prompt)


@pytest.mark.parametrize("options", [{"multiplier": 3.0}, {"base": 1.0}, {"base": 2.5}, {"multiplier": 0.0}])
def test_multiplier_and_base(backend, options):
    assert_law(backend, DRY(**options), rule((0, 1), **options), LENGTH, (0, 1))


@pytest.mark.parametrize("allowed", [1, 3])
def test_allowed_length(backend, allowed):
    assert_law(backend, DRY(allowed_length=allowed), rule((0, 1, 0), allowed=allowed), LENGTH, (0, 1, 0))


@pytest.mark.parametrize("last_n", [1, 3, 5])
def test_only_the_last_n_tokens_are_looked_at(backend, last_n):
    prompt = (0, 1, 0, 0)
    assert_law(backend, DRY(last_n=last_n), rule(prompt, last_n=last_n), 4, prompt)


def test_the_penalty_comes_before_the_temperature(backend):
    decoding = Decoding(temperature=0.5)
    assert_law(backend, DRY(), rule((0, 1, 0), temperature=0.5), LENGTH, (0, 1, 0), decoding)


def test_a_text_taken_back_leaves_nothing_behind(backend):
    assert_rewinds(backend, DRY(allowed_length=1), rule((0,), allowed=1), 3, "ab", (0,))


def penalties(text, vocab, **options):
    """What DRY takes off each piece behind `text`, in nats, read from the law of one draw; EOS costs nothing."""
    vocab = [*vocab, "<eos>"]
    backend = ScriptedBackend(vocab, lambda prefix: [0.0] * len(vocab), {len(vocab) - 1})
    law = exact_law(backend, DRY(**options), text, max_new_tokens=1).probability
    nats = [math.log(law[len(vocab) - 1,] / law[token,]) for token in range(len(vocab) - 1)]
    return {piece: round(cost, 9) for piece, cost in zip(vocab, nats, strict=False) if cost > 1e-12}


@pytest.mark.parametrize(
    ("text", "costs"),
    [
        ("abc", {}),
        ("abca", {}),
        ("abcab", {"c": 0.8}),
        ("abcdabc", {"d": 1.4}),
        ("abcdeabcd", {"e": 2.45}),
        ("abcabdab", {"c": 0.8, "d": 0.8}),
        ("eabcdabeab", {"c": 1.4, "e": 0.8}),
        ("ab:cab:", {}),
        ("ab:cdab:cd", {"a": 0.8}),
        ("e:cde:cd", {"e": 0.8}),
        ("ab:ab", {}),
    ],
)
def test_golden_penalties(text, costs):
    assert penalties(text, "abcde:") == pytest.approx(costs)


def test_a_breaker_may_be_longer_than_a_token_or_shorter():
    assert penalties("ab, cdab, cd", ["ab", ", ", "cd", "e"], breakers=[",", "de"]) == {}
    assert penalties("abcdab", "abcd") == pytest.approx({"c": 0.8})
    assert penalties("abcdab", "abcd", breakers=["ab"]) == {}  # its last token is "b": nothing stands behind it
    assert penalties("bcabcdabc", "abcd", breakers=["ab", "xyz"]) == {}
    assert penalties("cdaecda", "acde", breakers=["ae", "xyz"]) == {}  # "e" would end the breaker "ae"
    assert penalties(":xcd:xcd", ":xcd", breakers=[":x"]) == pytest.approx({":": 0.8})  # ":" alone ends no breaker
    assert penalties(":xcd:xcd", ":xcd", breakers=[]) == pytest.approx({":": 2.45})
    assert penalties("cdwxyzabcdwxyzab", "abcdwxyz", breakers=["wxyz"]) == pytest.approx({"c": 0.8})


def test_a_breaker_breaks_once():
    """Guards: a short breaker found again among the bytes that are kept for the long ones."""
    assert penalties("abcd:abc", "abcd:", breakers=[":", "wxyz"]) == pytest.approx({"d": 1.4})


def test_no_repeat_is_too_long_for_a_float():
    """Guards: 1.75 ** 1300 raises OverflowError."""
    backend = ScriptedBackend(["a", "b"], lambda prefix: [0.0, -1.0])
    out = BacktrackSampler(backend, DRY(), Decoding(temperature=0), max_new_tokens=2).generate(["a" * 3000])[0]
    assert out.text == "ba"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"multiplier": -1}, ValueError, "multiplier: -1 is no penalty; use nats, 0 or above"),
        ({"base": 0.5}, ValueError, "base: 0.5 is below 1 or no number; 1 makes"),
        ({"base": math.inf}, ValueError, "base: inf is below 1 or no number"),
        ({"allowed_length": 0}, ValueError, "allowed_length: 0 is below 1; 1 penalises"),
        ({"last_n": 0}, ValueError, "last_n: 0 is no number of tokens; use -1 for the whole text"),
        ({"last_n": -5}, ValueError, "last_n: -5 is no number"),
        ({"breakers": "\n"}, TypeError, r"breakers: '\\n' is one string; use a list of strings"),
        ({"breakers": [""]}, ValueError, "breakers: an empty string would break after every token; leave it out"),
    ],
)
def test_wrong_options_name_field_value_and_way_out(options, error, message):
    with pytest.raises(error, match=message):
        DRY(**options)
