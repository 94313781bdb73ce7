"""Llamas of real shapes with random weights, made in memory: how fast a model is does not depend on what it says.

What it says must still repeat itself, or no ban would ever be met. Random weights alone draw almost uniformly from
32,000 tokens. So the head is scaled, and one coordinate of the residual stream is kept constant: through it each
token has a frequency of its own, by Zipf's law, and the rest of the head bends that from context to context.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM

from experiments.bench.vocabulary import BYTES, SIZE, SPECIALS

CONSTANT = 3.0  # the first coordinate of every embedding; no layer writes to it
SPREAD = 1.5  # nats: standard deviation of what a context adds to the logits
SHIFT = 3  # Zipf-Mandelbrot: frequency 1 / (rank + SHIFT)
NEVER = -30.0  # nats: single bytes and special tokens, which are no words
SAMPLE = 64  # tokens that the head is scaled on
POSITIONS = 8_192


@dataclass(frozen=True)
class Shape:
    """Of a Llama with a vocabulary of 32,000."""

    dim: int
    layers: int
    heads: int
    hidden: int
    kv_heads: int


def random_llama(shape: Shape, seed: int = 0) -> LlamaForCausalLM:
    """float32, on the CPU; the output table is not tied to the input's, which costs memory and no time."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=SIZE,
        hidden_size=shape.dim,
        intermediate_size=shape.hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        max_position_embeddings=POSITIONS,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=None,
    )
    model = LlamaForCausalLM(config)
    model.train(False)
    with torch.no_grad():
        _keep_first_coordinate(model)
        _scale_head(model)
    return model


def _keep_first_coordinate(model: LlamaForCausalLM) -> None:
    model.model.embed_tokens.weight[:, 0] = CONSTANT
    for layer in model.model.layers:
        layer.self_attn.o_proj.weight[0] = 0
        layer.mlp.down_proj.weight[0] = 0


def _scale_head(model: LlamaForCausalLM) -> None:
    """Zipf's law through the constant coordinate, `SPREAD` nats of context through all others."""
    tokens = torch.randint(len(SPECIALS) + BYTES, SIZE, (1, SAMPLE))
    hidden: Tensor = model.model(tokens).last_hidden_state[0]
    head = model.lm_head.weight
    contextual = hidden[:, 1:] @ head[:, 1:].T
    head[:, 1:] *= SPREAD / float(contextual.std())
    head[:, 0] = _zipf() / float(hidden[:, 0].mean())


def _zipf() -> Tensor:
    """Log-frequency of each id [SIZE] over that of the commonest; which word has which rank is drawn."""
    first = len(SPECIALS) + BYTES
    ranks = torch.randperm(SIZE - first) + SHIFT + 1
    logs = torch.full((SIZE,), NEVER)
    logs[first:] = -ranks.double().log().float()
    return logs - float(logs[first:].max())
