"""The same model for llama.cpp: a Hugging Face folder in, an f16 GGUF out, nothing lost on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from experiments.inkling.tokenizer import BOS, EOS

Weights = NDArray[np.floating[Any]]

# Names of the `llama` architecture in GGUF, by those of Hugging Face (llama.cpp, gguf-py/gguf/tensor_mapping.py).
_OUTSIDE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}
_INSIDE = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def export_gguf(folder: Path, target: Path) -> None:
    """Write `target` from a folder of `export_folder`. Matrices stay float16, norms become float32."""
    config = json.loads((folder / "config.json").read_text())
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    writer = gguf.GGUFWriter(target, "llama")
    writer.add_name(folder.name)
    writer.add_license("MIT")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    add_shape(writer, config)
    _write_tokenizer(writer, tokenizer)
    add_weights(writer, config, load_file(folder / "model.safetensors"))
    finish(writer)


def finish(writer: gguf.GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def add_shape(writer: gguf.GGUFWriter, config: Mapping[str, Any]) -> None:
    """What the configuration of any Llama of transformers says about its form."""
    heads = config["num_attention_heads"]
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(config["hidden_size"] // heads)
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])


def add_weights(writer: gguf.GGUFWriter, config: Mapping[str, Any], weights: Mapping[str, Weights]) -> None:
    """The tensors of any Llama whose output is tied to its embedding, under llama.cpp's names and in its order."""
    for name, tensor in weights.items():
        writer.add_tensor(_gguf_name(name), _gguf_tensor(name, tensor, config))


def _write_tokenizer(writer: gguf.GGUFWriter, tokenizer: dict[str, Any]) -> None:
    """The BPE under llama.cpp's names: model "gpt2", pre-tokeniser "gpt-2", BOS before a text and no EOS after it."""
    vocab: dict[str, int] = tokenizer["model"]["vocab"]
    tokens = sorted(vocab, key=vocab.__getitem__)
    special = {BOS, EOS}
    types = [gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_bos_token_id(vocab[BOS])
    writer.add_eos_token_id(vocab[EOS])
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)


def _gguf_name(name: str) -> str:
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    _, _, layer, inside = name.split(".", 3)
    return f"blk.{layer}.{_INSIDE[inside.removesuffix('.weight')]}.weight"


def _gguf_tensor(name: str, tensor: Weights, config: Mapping[str, Any]) -> Weights:
    if tensor.ndim == 1:
        return tensor.astype(np.float32)
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    return next((_interleaved(tensor, n) for part, n in heads.items() if part in name), tensor)


def _interleaved(matrix: Weights, heads: int) -> Weights:
    """Reorder rows [heads x head_dim, width] from rotary halves (x_i with x_{i + d/2}) to pairs (x_2i with x_2i+1)."""
    rows, width = matrix.shape
    return matrix.reshape(heads, 2, rows // heads // 2, width).swapaxes(1, 2).reshape(rows, width)
