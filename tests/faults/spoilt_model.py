"""The embedded model with one word that it cannot read: feeding it gives NaN, as a broken weight would."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer


def write_spoilt_model(folder: Path, word: str = " sea") -> Path:
    """A copy of inkling_500k in `folder` whose input embedding of `word` is NaN; its output side stays whole."""
    shutil.copytree(str(files("harness") / "data" / "inkling_500k"), folder)
    weights = load_file(folder / "model.safetensors")
    embedding = weights["model.embed_tokens.weight"]
    weights["lm_head.weight"] = embedding.clone()
    weights["model.embed_tokens.weight"] = _with_nan(embedding, AutoTokenizer.from_pretrained(folder).encode(word)[-1])
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "tie_word_embeddings": False}))
    return folder


def _with_nan(embedding: torch.Tensor, token: int) -> torch.Tensor:
    spoilt = embedding.clone()
    spoilt[token] = float("nan")
    return spoilt
