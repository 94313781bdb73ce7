"""Random weights, but the shapes, the vocabulary and the repetitions of a real model."""

from __future__ import annotations

import pytest
import torch

from experiments.bench.random_llama import CONSTANT, SPREAD, Shape, random_llama
from experiments.bench.subjects import load
from experiments.bench.vocabulary import BYTES, SIZE, SPECIALS, made_up_tokenizer, words
from sampler.backends.hf_vocab import vocab_of


def test_every_entry_of_the_vocabulary_is_distinct_and_read_back_as_itself():
    vocab = vocab_of(made_up_tokenizer(), SIZE, frozenset())
    ids = range(len(SPECIALS) + BYTES, SIZE)
    assert len({vocab.bytes_of(token) for token in ids}) == SIZE - len(SPECIALS) - BYTES
    for token in [*ids[:400], *ids[::97], ids[-1]]:
        assert vocab.encode(vocab.bytes_of(token).decode()) == (token,)


def test_words_stand_behind_their_beginnings():
    found = words(5_000)
    place = {word: i for i, word in enumerate(found)}
    assert all(len(word) == 2 or place[word[:-1]] < i for word, i in place.items())
    assert len(place) == 5_000


@pytest.fixture(scope="module")
def small():
    return random_llama(Shape(dim=64, layers=3, heads=2, hidden=96, kv_heads=2))


@torch.inference_mode()
def test_no_layer_writes_to_the_constant_coordinate(small):
    tokens = torch.randint(0, SIZE, (1, 32))
    for state in small.model(tokens, output_hidden_states=True).hidden_states[:-1]:  # the last one is normed
        assert torch.all(state[..., 0] == CONSTANT)


@torch.inference_mode()
def test_tokens_have_frequencies_by_zipfs_law_and_contexts_bend_them(small):
    """Guards: a uniform model, under which no ban is ever met, or one that says one word for ever."""
    logits = small(torch.randint(300, SIZE, (1, 64))).logits[0]
    probs = logits.softmax(-1)
    entropy = -(probs * probs.clamp_min(1e-30).log()).sum(-1)
    assert 4 < float(entropy.mean()) < 9  # of ln 32,000 = 10.4
    assert float(probs[:, : len(SPECIALS) + BYTES].sum(-1).max()) < 1e-3
    assert float(probs.mean(0).topk(100).values.sum()) > 0.2
    assert 0.2 * SPREAD < float((logits - logits.mean(0)).std()) < SPREAD  # the rest is the text's own


def test_the_15m_model_has_the_size_and_the_vocabulary_of_llama2c():
    subject = load("15m", threads=1)
    assert (subject.parameters, subject.vocabulary) == (15_191_712, 32_000)
    assert subject.backend.caps.rewind == "exact"
    assert subject.backend.vocab.eos == frozenset()
    assert all(subject.tokenizer.encode(t) == list(p) for t, p in zip(subject.texts, subject.prompts, strict=True))
    assert subject.prompts[0] == subject.backend.vocab.encode(subject.texts[0])
