"""What makes two jobs the same, and what does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.planning.plan import Job
from harness.store.identity import canonical, sweep_id


@pytest.mark.parametrize(
    "override",
    [
        "batch_size=5",
        "dataset.limit=2",
        "repeats=3",
        "runs_dir=elsewhere",
        "model.device=cpu",
        "model.threads=2",
        "experiment_name=other",
        "heldout=null",
        "regexes=null",
        "margins.fluency.logprob_per_token=0.1",
        "strategy.rewind_to=phrase",
    ],
)
def test_what_changes_no_text_changes_no_name(override: str, job: Callable[..., Job]) -> None:
    """A run must be found again on another device, in other batches, or with more repeats."""
    assert job(override).id == job().id


@pytest.mark.parametrize(
    "override",
    [
        "decoding.temperature=0.9",
        "decoding.top_k=3",
        "decoding.max_new_tokens=11",
        "strategy=plain",
        "strategy.ban=soft",
        "seed=1",
        "stop=[sun]",
        "max_draws=50",
        "model.dtype=float32",
        "phrases=heldout.txt",
        "phrases=null",
        "regexes=banned.txt",
        'dataset.template="so {prompt}"',
    ],
)
def test_what_may_change_a_text_changes_the_name(override: str, job: Callable[..., Job]) -> None:
    """Else new settings would silently be answered with old samples."""
    assert job(override).id != job().id


def test_the_files_content_counts_not_their_place(job: Callable[..., Job], tmp_path: Path, tiny_model: Path) -> None:
    before = job().id
    shutil.copytree(tiny_model, tmp_path / "moved")
    shutil.copy(tmp_path / "prompts.jsonl", tmp_path / "copy.jsonl")
    shutil.copy(tmp_path / "banned.txt", tmp_path / "same.txt")
    assert job("model.name=./moved", "dataset.path=copy.jsonl", "phrases=same.txt").id == before


@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "tokenizer.json", "model.safetensors"])
def test_a_changed_model_file_is_another_model(
    name: str, job: Callable[..., Job], tmp_path: Path, tiny_model: Path
) -> None:
    shutil.copytree(tiny_model, tmp_path / "changed")
    file = tmp_path / "changed" / name
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]) if name.endswith("tensors") else data + b" ")
    assert job("model.name=./changed").id != job().id


def test_a_changed_prompt_is_another_set(job: Callable[..., Job], tmp_path: Path) -> None:
    text = (tmp_path / "prompts.jsonl").read_text()
    (tmp_path / "changed.jsonl").write_text(text.replace("the sun", "the mat"))
    assert job("dataset.path=changed.jsonl").id != job().id


def test_a_sweep_is_the_set_of_its_jobs() -> None:
    assert sweep_id(["a", "b"]) == sweep_id(["b", "a", "b"]) != sweep_id(["a"])


def test_canonical_form_forgets_order_and_refuses_nan() -> None:
    assert canonical({"b": 1, "a": [1.0]}) == canonical({"a": [1.0], "b": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical(float("nan"))
