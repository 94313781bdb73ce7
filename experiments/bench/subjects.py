"""The models that are measured, each with its tokenizer, a backend, and prompts to start from."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from random import Random
from typing import Any

import torch

from experiments.bench.random_llama import POSITIONS, Shape, random_llama
from experiments.bench.vocabulary import made_up_tokenizer, words
from harness.planning.weights import EMBEDDED
from sampler.backends import TransformersBackend

# 15m and 110m are llama2.c's shapes; 1b is Llama 3.2's with a vocabulary of 32,000, for a GPU.
SHAPES = {
    "15m": Shape(dim=288, layers=6, heads=6, hidden=768, kv_heads=6),
    "110m": Shape(dim=768, layers=12, heads=12, hidden=2_048, kv_heads=12),
    "1b": Shape(dim=2_048, layers=16, heads=32, hidden=8_192, kv_heads=8),
}
EMBEDDED_LABEL = "2m"
LABELS = (EMBEDDED_LABEL, *SHAPES)
# Too small to share: with 2 threads on 2 cores, 15m ran at 12 to 187 tokens/s from run to run, with one at 180.
ONE_THREAD = (EMBEDDED_LABEL, "15m")
PROMPTS, WORDS, KNOWN = 64, 16, 4_000  # made-up prompts, words of each, of the words that they are made of
RAGGED = 4  # prompts that one long prompt is made of, at most

Tokens = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Subject:
    """One model. No token ends a text here: every text has the length it was asked for, whoever writes it."""

    label: str
    model: Any
    tokenizer: Any
    backend: TransformersBackend
    texts: Sequence[str]  # prompts; each is read back from text as the ids that `prompts` holds
    threads: int

    @property
    def parameters(self) -> int:
        """Weights that a forward pass multiplies: the input's table only where it is also the head."""
        looked_up = self.model.get_input_embeddings().weight
        tied = looked_up is self.model.get_output_embeddings().weight
        return sum(int(p.numel()) for p in self.model.parameters()) - (0 if tied else int(looked_up.numel()))

    @property
    def vocabulary(self) -> int:
        return self.backend.vocab.size

    @property
    def prompts(self) -> list[Tokens]:
        """Without BOS, as the peer feeds them."""
        return [self.backend.vocab.encode(text) for text in self.texts]

    def ragged(self, rows: int) -> list[Tokens]:
        """`rows` distinct prompts of mixed lengths: one to four prompts behind one another."""
        prompts = self.prompts
        parts = ([prompts[(row + i) % len(prompts)] for i in range(1 + row % RAGGED)] for row in range(rows))
        return [tuple(chain.from_iterable(part)) for part in parts]


def device() -> str:
    """Where the models run."""
    return "cuda" if torch.cuda.is_available() else "cpu"


@cache
def load(label: str, threads: int | None = None) -> Subject:
    """Made or read once for all comparisons. `threads`: torch's; default 1 for small models, else all cores."""
    model, tokenizer, texts = _embedded() if label == EMBEDDED_LABEL else _made_up(SHAPES[label])
    model.generation_config.eos_token_id = model.config.eos_token_id = tokenizer.eos_token = None
    model.config.max_position_embeddings = POSITIONS  # beyond training nothing it says means anything; its speed does
    model = model.to(device(), torch.bfloat16 if label == "1b" else torch.float32).eval()
    default = 1 if label in ONE_THREAD else os.cpu_count() or 1
    return Subject(label, model, tokenizer, TransformersBackend(model, tokenizer), texts, threads or default)


def _embedded() -> tuple[Any, Any, list[str]]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = EMBEDDED / "inkling_2m"
    lines = (EMBEDDED / "prompts" / "inkling_prompts.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["prompt"] for line in lines]
    return AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder), texts


def _made_up(shape: Shape) -> tuple[Any, Any, list[str]]:
    known, random = words(KNOWN), Random(0)
    texts = ["".join(random.choices(known, k=WORDS)) for _ in range(PROMPTS)]
    return random_llama(shape), made_up_tokenizer(), texts
