"""Small GGUF files with random weights: the architectures that llama.cpp treats differently, in both vocabularies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch

from experiments.inkling.gguf_export import add_shape, add_weights, finish
from tests.sampler.families import BOS, EOS, EOT, SPACE, SPECIALS, TOOL, UNK, llama

KIND = gguf.TokenType
WIDTH, LAYERS = 32, 2


def llama_file(path: Path, tokenizer: Any, template: str | None = None, *, model: Any = None, **changes: Any) -> Path:
    """The very model of `families.llama`, or another Llama, with its tokenizer and, if given, a chat template."""
    model = model or llama(tokenizer, torch.float32, **changes)
    writer = gguf.GGUFWriter(path, "llama")
    add_shape(writer, model.config.to_dict())
    add_vocabulary(writer, tokenizer, model.config.vocab_size)
    if template is not None:
        writer.add_chat_template(template)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
    add_weights(writer, model.config.to_dict(), weights)
    if not model.config.tie_word_embeddings:
        writer.add_tensor("output.weight", model.lm_head.weight.detach().numpy())
    finish(writer)
    return path


def add_vocabulary(writer: gguf.GGUFWriter, tokenizer: Any, size: int) -> None:
    """A tokenizer of `families` under llama.cpp's names; ids beyond it are unused tokens."""
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    known = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    tokens = [*known, *(f"[PAD{i}]" for i in range(len(known), size))]
    writer.add_tokenizer_model("llama" if model["byte_fallback"] else "gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([_kind(token, i, len(known)) for i, token in enumerate(tokens)])
    if model["byte_fallback"]:
        # SentencePiece merges the pair that makes the piece of the highest score: earlier pieces first
        writer.add_token_scores([-float(i) for i in range(size)])
        writer.add_add_space_prefix(tokenizer.tokenize("a")[0].startswith(SPACE))
    else:
        writer.add_tokenizer_pre("smollm")  # as gpt-2's but for digits, and its decoding leaves spaces as they are
        writer.add_token_merges([" ".join(merge) for merge in model["merges"]])
    writer.add_unk_token_id(UNK)
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(EOS)
    writer.add_eot_token_id(EOT)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(tokenizer("a").input_ids[-1] == EOS)


def _kind(token: str, i: int, known: int) -> gguf.TokenType:
    if i >= known:
        return KIND.UNUSED
    if token in SPECIALS:
        return KIND.UNKNOWN if i == UNK else KIND.CONTROL
    if token == TOOL:
        return KIND.USER_DEFINED
    return KIND.BYTE if len(token) == 6 and token.startswith("<0x") else KIND.NORMAL


def mamba_file(path: Path, tokenizer: Any) -> Path:
    """Recurrent: llama.cpp cannot cut its state."""
    return _random_file(path, tokenizer, "mamba", _add_mamba)


def gemma3_file(path: Path, tokenizer: Any, window: int) -> Path:
    """Attention through a sliding window, but for every sixth layer."""
    return _random_file(path, tokenizer, "gemma3", lambda writer, weights: _add_gemma3(writer, weights, window))


Weights = Callable[..., np.ndarray]


def _random_file(
    path: Path, tokenizer: Any, architecture: str, add: Callable[[gguf.GGUFWriter, Weights], None]
) -> Path:
    rng = np.random.default_rng(0)

    def weights(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * 0.3).astype(np.float32)

    writer = gguf.GGUFWriter(path, architecture)
    add_vocabulary(writer, tokenizer, len(tokenizer))
    writer.add_context_length(256)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tensor("token_embd.weight", weights(len(tokenizer), WIDTH))
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    add(writer, weights)
    finish(writer)
    return path


def _add_mamba(writer: gguf.GGUFWriter, weights: Weights) -> None:
    inner, state, kernel, rank = 2 * WIDTH, 16, 4, 2
    writer.add_feed_forward_length(0)
    writer.add_head_count(0)
    writer.add_ssm_conv_kernel(kernel)
    writer.add_ssm_inner_size(inner)
    writer.add_ssm_state_size(state)
    writer.add_ssm_time_step_rank(rank)
    shapes = {
        "ssm_in.weight": (2 * inner, WIDTH),
        "ssm_conv1d.weight": (inner, kernel),
        "ssm_conv1d.bias": (inner,),
        "ssm_x.weight": (rank + 2 * state, inner),
        "ssm_dt.weight": (inner, rank),
        "ssm_dt.bias": (inner,),
        "ssm_d": (inner,),
        "ssm_out.weight": (WIDTH, inner),
    }
    for layer in range(LAYERS):
        writer.add_tensor(f"blk.{layer}.attn_norm.weight", np.ones(WIDTH, np.float32))
        writer.add_tensor(f"blk.{layer}.ssm_a", -np.abs(weights(inner, state)))
        for name, shape in shapes.items():
            writer.add_tensor(f"blk.{layer}.{name}", weights(*shape))


def _add_gemma3(writer: gguf.GGUFWriter, weights: Weights, window: int) -> None:
    heads, kv_heads, inner = 4, 2, 2 * WIDTH
    head = WIDTH // heads
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_sliding_window(window)
    writer.add_rope_freq_base(10_000.0)
    norms = {"attn_norm": WIDTH, "ffn_norm": WIDTH, "post_attention_norm": WIDTH, "post_ffw_norm": WIDTH}
    shapes = {
        "attn_q": (WIDTH, WIDTH),
        "attn_k": (kv_heads * head, WIDTH),
        "attn_v": (kv_heads * head, WIDTH),
        "attn_output": (WIDTH, WIDTH),
        "ffn_gate": (inner, WIDTH),
        "ffn_up": (inner, WIDTH),
        "ffn_down": (WIDTH, inner),
    }
    for layer in range(LAYERS):
        for name, width in (norms | {"attn_q_norm": head, "attn_k_norm": head}).items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(width, np.float32))
        for name, shape in shapes.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", weights(*shape))
