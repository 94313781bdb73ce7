"""Every backend keeps the contract, counted below it where that can be done."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sampler.backends import TransformersBackend
from tests.contracts import check_backend
from tests.contracts.backend import Meter
from tests.models import EOS, random_bigram
from tests.sampler.families import byte_level_tokenizer
from tests.sampler.test_hf import MODELS

GGUF = Path(__file__).resolve().parents[2] / "harness" / "data" / "inkling_2m_f16.gguf"


def test_scripted():
    check_backend(random_bigram(["a", " b", " cat", "s", ".", EOS], 3, {5}))


class HookedMeter:
    """Counts what goes into a transformers model."""

    def __init__(self, model):
        self._forwards = self._fed = 0
        model.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, model, args, kwargs):
        self._forwards += 1
        self._fed += kwargs["input_ids"].numel()

    def __call__(self):
        return Meter(self._forwards, self._fed)


@pytest.fixture(scope="module")
def tokenizer():
    return byte_level_tokenizer()


@pytest.mark.parametrize("kind", MODELS)
def test_transformers(kind, tokenizer):
    """Global and sliding attention, both in one model, learned positions, and a recurrent one that replays.

    The recurrent one keeps its state in float32 whatever its weights are.
    """
    torch.manual_seed(0)
    backend = TransformersBackend(MODELS[kind]().double(), tokenizer)
    check_backend(backend, meter=HookedMeter(backend.model), tolerance=1e-6 if kind == "recurrent" else 1e-9)


@pytest.mark.parametrize("kind", ["llama", "mixed"])
def test_transformers_in_float32(kind, tokenizer):
    torch.manual_seed(0)
    backend = TransformersBackend(MODELS[kind](), tokenizer)
    check_backend(backend, meter=HookedMeter(backend.model), tolerance=1e-4, steps=15)


def test_llamacpp():
    """Keys and values are f16, and kernels differ with the batch: 2e-2 is rounding of logits of about 10."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed: pip install '.[llamacpp]'")
    from sampler.backends import LlamaCppBackend

    check_backend(LlamaCppBackend.from_file(GGUF, n_ctx=64, n_threads=1), tolerance=2e-2)
