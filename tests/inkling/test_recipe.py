"""The recipe itself, on a model small enough to train in a second."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM

from experiments.inkling import corpus
from experiments.inkling.__main__ import STEPS
from experiments.inkling.export import export_folder
from experiments.inkling.human import count_ngrams
from experiments.inkling.sizes import Phase, Size
from experiments.inkling.teller import SLOPPY
from experiments.inkling.tokenizer import VOCAB_SIZE
from experiments.inkling.training import loss_per_token, train

TINY = Size("tiny", width=32, feed_forward=64, layers=1, heads=2, peak_rate=1e-2)
SHORT, LONG = Phase("train", 200, 128, 8, rate=1.0), Phase("long", 40, 256, 4, rate=0.5)


def test_training_learns_is_repeatable_and_exports_what_it_learnt(tokenizer: Tokenizer, tmp_path: Path) -> None:
    read = corpus.packed(tokenizer, corpus.stories("train", SHORT.stories, SLOPPY))
    phases = [(SHORT, read), (LONG, corpus.packed(tokenizer, corpus.stories("long", LONG.stories, SLOPPY)))]
    first, second = (train(TINY, phases, tmp_path / "losses.jsonl") for _ in range(2))
    weights = [parameter.detach() for parameter in first.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(weights, second.parameters(), strict=True))
    loss = loss_per_token(first, read)
    assert loss < math.log(VOCAB_SIZE) - 1
    export_folder(first, tokenizer, tmp_path / "tiny")
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "tiny", dtype=torch.float32)
    assert loss_per_token(loaded, read) == pytest.approx(loss, abs=0.02)


def test_the_packed_corpus_is_its_stories_between_bos_and_eos(tokenizer: Tokenizer) -> None:
    texts = list(corpus.stories("tests", 3, SLOPPY))
    packed = tokenizer.decode(corpus.packed(tokenizer, iter(texts)).tolist(), skip_special_tokens=False)
    assert packed == "".join(f"<bos>{text}<eos>" for text in texts)


def test_splits_share_no_story() -> None:
    splits = [set(corpus.stories(name, 50, SLOPPY)) for name in ("train", "long", "heldout", "human", "tokenizer")]
    assert len(set.union(*splits)) == sum(map(len, splits))


def test_ngrams_do_not_reach_across_sentences() -> None:
    counts = count_ngrams(["The dog barked. The cat ran!\n\nNobody cared"])
    assert counts[1]["the"] == 2
    assert counts[2] == {"the dog": 1, "dog barked": 1, "the cat": 1, "cat ran": 1, "nobody cared": 1}
    assert counts[3] == {"the dog barked": 1, "the cat ran": 1}


def test_the_command_makes_everything_that_is_shipped() -> None:
    assert list(STEPS) == ["tokenizer", "inkling_2m", "inkling_500k", "gguf", "human", "measure"]
