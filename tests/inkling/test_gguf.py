"""The GGUF is the same model to llama.cpp: the same ids for the same text, nearly the same logits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from experiments.inkling.gguf_export import export_gguf
from harness.inputs.phrases import load_phrases
from tests.inkling.conftest import DATA

FOLDER, FILE = DATA / "inkling_2m", DATA / "inkling_2m_f16.gguf"
ODD = [
    "",
    " two  spaces   three ",
    "tab\tnew\n\n\nline \n x\r\n",
    "ça naïve — “quotes” ’s don't I'LL we've",
    "日本語 😀👩‍👩‍👧 e\u0301 x\u0301\u0302",
    "12345 6,789.0 ½ Ⅷ ²",
    "a\u00a0b\u3000c\u200bd",
    "\x01\x7f ﬁ",
    "Ελλάς ضظ אב",
    "snake_case __x__ ***bold***",
]


@pytest.fixture(scope="module")
def llama() -> Iterator[Any]:
    llama_cpp = pytest.importorskip("llama_cpp", reason="needs llama-cpp-python: pip install '.[llamacpp]'")
    model = llama_cpp.Llama(str(FILE), n_ctx=256, n_threads=1, logits_all=True, verbose=False)
    yield model
    model.close()


def test_the_file_is_what_the_recipe_writes_from_the_folder(tmp_path: Path) -> None:
    """Guards a GGUF left behind by an older training."""
    export_gguf(FOLDER, tmp_path / "again.gguf")
    assert (tmp_path / "again.gguf").read_bytes() == FILE.read_bytes()


def test_llama_cpp_reads_every_text_as_the_same_ids(llama: Any, prompts: dict[str, str]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    entries = load_phrases("inkling_banned").entries + load_phrases("inkling_heldout").entries
    texts = [*prompts.values(), *entries, *(f" {entry}" for entry in entries), *ODD]
    differing = [text for text in texts if llama.tokenize(text.encode(), special=False) != tokenizer(text).input_ids]
    assert not differing


def test_bos_and_eos_are_the_same_ids(llama: Any) -> None:
    config = json.loads((FOLDER / "config.json").read_text())
    assert (llama.token_bos(), llama.token_eos()) == (config["bos_token_id"], config["eos_token_id"])


def test_logits_are_close_and_greedy_choices_equal(llama: Any, prompts: dict[str, str]) -> None:
    """llama.cpp multiplies in float16; a wrong rotary order or norm would be off by whole nats, not hundredths."""
    model = AutoModelForCausalLM.from_pretrained(FOLDER, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    for prompt in list(prompts.values())[::12]:
        ids = tokenizer(prompt).input_ids
        with torch.no_grad():
            expected = model(torch.tensor([ids])).logits[0].numpy()
        llama.reset()
        llama.eval(ids)
        logits = np.array(llama.scores[: len(ids)])
        assert np.abs(logits - expected).max() < 0.05
        assert logits[-1].argmax() == expected[-1].argmax()


def test_a_changed_weight_changes_the_file(tmp_path: Path) -> None:
    """Guards an exporter that loses a tensor."""
    folder = tmp_path / "inkling_2m"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_bytes((FOLDER / name).read_bytes())
    weights = load_file(FOLDER / "model.safetensors")
    for name in [name for name in weights if ".layers." not in name or ".layers.0." in name]:
        save_file({**weights, name: weights[name] + np.float16(1)}, folder / "model.safetensors")
        export_gguf(folder, tmp_path / "changed.gguf")
        assert (tmp_path / "changed.gguf").read_bytes() != FILE.read_bytes(), name
