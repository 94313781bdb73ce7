"""XTC against its law, computed a second time in plain Python."""

from __future__ import annotations

import math

import pytest

from sampler import BacktrackSampler, Decoding
from sampler.backends import ScriptedBackend
from sampler.law import exact_law
from strategies import XTC
from tests.models import random_bigram
from tests.strategies.stepwise import assert_law, assert_rewinds, softmax

VOCAB = ["a", "b", "c", "d", "\n", "<eos>"]
PROTECTED = {4, 5}
LENGTH = 4


@pytest.fixture(params=[1, 2, 3])
def backend(request):
    return random_bigram(VOCAB, request.param, {5})


def rule(threshold, probability, temperature=1.0):
    def probabilities(tokens, logits):
        plain = softmax([logit / temperature for logit in logits])
        reach = sorted((p, token) for token, p in enumerate(plain) if p >= threshold)
        dropped = {token for _, token in reach[1:]}
        if not dropped or dropped & PROTECTED:
            return plain
        rest = sum(p for token, p in enumerate(plain) if token not in dropped)
        left = [0.0 if token in dropped else p / rest for token, p in enumerate(plain)]
        return [probability * q + (1 - probability) * p for q, p in zip(left, plain, strict=True)]

    return probabilities


@pytest.mark.parametrize("probability", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.5])
def test_the_law_is_the_mixture_at_every_draw(backend, threshold, probability):
    assert_law(backend, XTC(threshold, probability), rule(threshold, probability), LENGTH)


def test_the_threshold_is_on_the_row_at_the_draws_temperature(backend):
    decoding = Decoding(temperature=0.4)
    assert_law(backend, XTC(0.2, 0.5), rule(0.2, 0.5, 0.4), LENGTH, decoding=decoding)


def test_a_text_taken_back_leaves_nothing_behind(backend):
    assert_rewinds(backend, XTC(0.15, 0.5), rule(0.15, 0.5), 3, "b")


def first_draw(probs, vocab, **options):
    backend = ScriptedBackend(vocab, lambda prefix: [math.log(p) for p in probs], {vocab.index("<eos>")})
    law = exact_law(backend, XTC(0.1, **options), max_new_tokens=1)
    return [law.probability.get((token,), 0.0) for token in range(len(vocab))]


def test_all_but_the_least_likely_go():
    drawn = first_draw([0.5, 0.3, 0.15, 0.05], ["a", "b", "c", "<eos>"], probability=1)
    assert drawn == pytest.approx([0, 0, 0.75, 0.25])


def test_one_likely_token_is_no_choice():
    assert first_draw([0.9, 0.06, 0.04], ["a", "b", "<eos>"], probability=1) == pytest.approx([0.9, 0.06, 0.04])


@pytest.mark.parametrize("vocab", [["a", "b", "<eos>"], ["a.\n", "b", "<eos>"], ["<eos>", "b", "a"]])
def test_eos_and_newlines_are_never_dropped(vocab):
    """Guards: texts and paragraphs that cannot end (the reason why the author's pull request protects them)."""
    probs = [0.5, 0.4, 0.1 - 1e-9]
    drops = first_draw(probs, vocab, probability=1) != pytest.approx(probs)
    assert drops == (vocab == ["a", "b", "<eos>"])


def test_the_least_likely_may_be_eos():
    assert first_draw([0.5, 0.3, 0.2], ["a", "b", "<eos>"], probability=1) == pytest.approx([0, 0, 1])


def test_of_equals_one_stays():
    assert first_draw([0.4, 0.4, 0.2], ["a", "b", "<eos>"], probability=1) == pytest.approx([0, 0, 1])
    drawn = first_draw([0.45, 0.45, 0.1 - 1e-9], ["a", "b", "<eos>"], probability=1)
    assert drawn == pytest.approx([0.45 / 0.55, 0, 0.1 / 0.55], abs=1e-6)


def test_greedy_takes_the_least_likely_choice():
    backend = ScriptedBackend(["a", "b", "c"], lambda prefix: [math.log(p) for p in (0.6, 0.3, 0.1 - 1e-9)])
    sampler = BacktrackSampler(backend, XTC(0.1, 1), Decoding(temperature=0), max_new_tokens=3)
    assert sampler.generate([""])[0].text == "bbb"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0}, r"threshold: 0 is outside \(0, 0.5\]; .* use e.g. 0.1"),
        ({"threshold": 0.6}, r"threshold: 0.6 is outside \(0, 0.5\]"),
        ({"threshold": math.nan}, "threshold: nan"),
        ({"probability": 1.5}, r"probability: 1.5 is outside \[0, 1\]; 0 never"),
    ],
)
def test_wrong_options_name_field_value_and_way_out(options, message):
    with pytest.raises(ValueError, match=message):
        XTC(**options)
