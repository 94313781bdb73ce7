"""The repetition penalty against the one of transformers, on every draw of every text."""

from __future__ import annotations

import math
import random

import pytest
import torch
from transformers import RepetitionPenaltyLogitsProcessor

from sampler import Decoding
from sampler.backends import ScriptedBackend
from strategies import RepetitionPenalty
from tests.strategies.stepwise import assert_law, assert_rewinds, softmax

VOCAB = ["a", "b", "c", "<eos>"]
PROMPT = (0, 2)
LENGTH = 4


@pytest.fixture(params=[1, 2, 3])
def backend(request):
    """Logits of both signs: on log-probs, all of one sign, half of the rule would never be seen."""
    rng = random.Random(request.param)
    table = [[rng.gauss(0, 1.5) for _ in VOCAB] for _ in range(len(VOCAB) + 1)]
    return ScriptedBackend(VOCAB, lambda prefix: table[prefix[-1] if prefix else -1], {3})


def rule(penalty, prompt=(), temperature=1.0, ignored=None):
    processor = RepetitionPenaltyLogitsProcessor(penalty, prompt_ignore_length=ignored)

    def probabilities(tokens, logits):
        text = torch.tensor([[*prompt, *tokens]], dtype=torch.long)
        penalised = processor(text, torch.tensor([logits], dtype=torch.float64))[0]
        return softmax((penalised / temperature).tolist())

    return probabilities


@pytest.mark.parametrize("penalty", [0.7, 1.0, 1.1, 2.0])
def test_the_law_is_that_of_transformers(backend, penalty):
    assert_law(backend, RepetitionPenalty(penalty), rule(penalty, PROMPT), LENGTH, PROMPT)
    assert_law(backend, RepetitionPenalty(penalty), rule(penalty), LENGTH)


def test_the_prompt_may_be_left_out(backend):
    strategy = RepetitionPenalty(1.5, include_prompt=False)
    assert_law(backend, strategy, rule(1.5, PROMPT, ignored=len(PROMPT)), LENGTH, PROMPT)


def test_raw_logits_are_penalised_before_the_temperature(backend):
    """Guards: the rule applied to log-probs, or to logits that were divided already."""
    decoding = Decoding(temperature=0.5)
    assert_law(backend, RepetitionPenalty(1.5), rule(1.5, PROMPT, 0.5), LENGTH, PROMPT, decoding)


def test_greedy_takes_the_largest_penalised_logit():
    backend = ScriptedBackend(["a", "b"], lambda prefix: [1.0, 0.8])

    def probabilities(tokens, logits):
        row = rule(2.0)(tokens, logits)
        return [float(p == max(row)) for p in row]

    assert_law(backend, RepetitionPenalty(2.0), probabilities, 2, decoding=Decoding(temperature=0))


def test_an_impossible_token_stays_impossible():
    backend = ScriptedBackend(["a", "b"], lambda prefix: [-math.inf, 0.5])
    assert_law(backend, RepetitionPenalty(1.5), lambda tokens, logits: [0.0, 1.0], 3, prompt=(0, 1))


def test_a_text_taken_back_leaves_nothing_behind(backend):
    """Guards: a set of seen tokens that a rewind does not undo."""
    assert_rewinds(backend, RepetitionPenalty(2.0), rule(2.0, PROMPT), 3, "a", PROMPT)


@pytest.mark.parametrize("penalty", [0, -1.0, math.inf, math.nan])
def test_wrong_options_name_field_value_and_way_out(penalty):
    with pytest.raises(ValueError, match=f"penalty: {penalty} is no positive number; 1 changes nothing"):
        RepetitionPenalty(penalty)
