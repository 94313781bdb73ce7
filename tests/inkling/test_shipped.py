"""What lies in harness/data is what the card says it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from experiments.inkling import corpus
from experiments.inkling.measure import slop_rates
from experiments.inkling.sizes import SIZES
from experiments.inkling.teller import PLAIN, SLOPPY
from experiments.inkling.tokenizer import BOS, BOS_ID, EOS, EOS_ID
from experiments.inkling.training import loss_per_token
from harness.profile.baseline import count_baseline, load_baseline
from sampler import BacktrackSampler, Decoding
from sampler.backends import TransformersBackend
from strategies import Plain
from tests.inkling.conftest import DATA

FOLDERS = sorted(DATA / name for name in SIZES)


def test_the_package_data_stays_small() -> None:
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) <= 12_000_000


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_weights_are_float16_and_as_many_as_the_name_says(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    promised = {"inkling_2m": 2_000_000, "inkling_500k": 500_000}[folder.name]
    assert {tensor.dtype for tensor in weights.values()} == {np.dtype(np.float16)}
    assert sum(tensor.size for tensor in weights.values()) == pytest.approx(promised, rel=0.1)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_folder_loads_as_users_load_it(folder: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert model.config.max_position_embeddings >= 768
    assert (model.generation_config.bos_token_id, model.generation_config.eos_token_id) == (BOS_ID, EOS_ID)
    assert (tokenizer.bos_token, tokenizer.eos_token) == (BOS, EOS)
    assert tokenizer("The kettle").input_ids[0] == BOS_ID


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_model_has_read_the_grammar(folder: Path, tokenizer: object) -> None:
    """Guards weights shipped with another tokenizer than they learnt with (several nats), and a model that was trained
    on windows shorter than its context (1.2 nats)."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    stories = corpus.packed(tokenizer, corpus.stories("heldout", 20, SLOPPY))
    assert loss_per_token(model, stories) < 0.75


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_at_temperature_1_it_writes_8_to_40_cliches_per_1000_words(folder: Path, prompts: dict[str, str]) -> None:
    backend = TransformersBackend.from_pretrained(str(folder), dtype="float32")
    sampler = BacktrackSampler(backend, Plain(), Decoding(temperature=1.0), max_new_tokens=150, batch_size=24)
    texts = [out.text for out in sampler.generate(list(prompts.values())[:24])]
    assert 8 <= slop_rates(texts)["inkling_banned"] <= 40


def test_the_human_baseline_is_what_its_recipe_makes() -> None:
    """Guards: a rule of counting changed, and the shipped counts left as they were."""
    baseline = load_baseline("inkling_plain")
    assert (baseline.texts, baseline.min_count) == (2000, 2)
    assert all(baseline.totals[order] >= sum(baseline.counts[order].values()) for order in (1, 2, 3))
    few = count_baseline("few", corpus.stories("human", 100, PLAIN))
    assert few.words / 100 == pytest.approx(baseline.words / 2000, rel=0.02)
    for order in (1, 2, 3):
        listed = set(baseline.counts[order])
        assert {ngram for ngram, count in few.counts[order].items() if count >= 2} <= listed
        assert few.totals[order] / few.words == pytest.approx(baseline.totals[order] / baseline.words, rel=0.02)
