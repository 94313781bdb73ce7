"""A run folder that a reference has read: what it leaves, and how long that lasts."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from harness.score import main
from harness.scoring import score_job
from harness.scoring.reference import FILE, reading_key
from harness.store.jobfolder import JobFolder
from tests.harness.conftest import Workplace
from tests.sampler.families import byte_level_tokenizer, llama

ASK = ["--reference", "hf", "--reference-set", "model.dtype=float64", "model.threads=1"]
OWN_TEMPLATE = "{% for m in messages %}<s>[{{ m.content }}]{% endfor %}to"


@pytest.fixture
def judge(tmp_path: Path) -> Path:
    """Another model than the one that writes, with another tokenizer and another chat template."""
    tokenizer = byte_level_tokenizer()
    tokenizer.chat_template = OWN_TEMPLATE
    tokenizer.save_pretrained(tmp_path / "judge")
    llama(tokenizer).save_pretrained(tmp_path / "judge")
    return tmp_path / "judge"


def ask(job: Path, judge: Path) -> int:
    return main([str(job), *ASK, f"model.name={judge}", "--json"])


def scores(job: Path) -> Any:
    return json.loads(JobFolder(job).scores.read_text())


def plain_bits(judge: Path, prompt: list[int], text: str) -> float:
    tokenizer: PreTrainedTokenizerFast = AutoTokenizer.from_pretrained(judge)
    ids = prompt + tokenizer(text, add_special_tokens=False).input_ids
    model = AutoModelForCausalLM.from_pretrained(judge, dtype=torch.float64)
    with torch.no_grad():
        logprobs = model(torch.tensor([ids])).logits.log_softmax(-1)[0]
    nats = sum(float(logprobs[place - 1, ids[place]]) for place in range(len(prompt), len(ids)))
    return -nats / math.log(2)


def test_a_run_is_read_after_its_prompts_and_every_later_score_has_it(
    workplace: Workplace, harness: Callable[..., int], judge: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A score without --reference must not forget what was asked before."""
    assert harness("strategy=plain", "repeats=2") == 0
    (job,) = workplace.job_folders()
    capsys.readouterr()
    assert ask(job, judge) == 0
    entry = json.loads(capsys.readouterr().out)["reference"]["bits_per_byte"]
    samples = JobFolder(job).read_selected()
    tokenizer = AutoTokenizer.from_pretrained(judge)
    bits = [plain_bits(judge, tokenizer(sample.prompt).input_ids, sample.text) for sample in samples if sample.text]
    expected = sum(bits) / sum(len(sample.text.encode()) for sample in samples)
    assert entry["value"] == pytest.approx(expected, rel=1e-7)
    assert (entry["n"], entry["unit"], entry["model"]["label"]) == (5, "bits/byte", "judge")
    assert entry["ci"][0] <= entry["value"] <= entry["ci"][1]
    told = JobFolder(job).scores.read_bytes()
    score_job(job)
    assert JobFolder(job).scores.read_bytes() == told
    assert scores(job)["reference"]["bits_per_byte"] == entry


def test_a_report_shows_it_and_compares_arms_that_one_model_read(
    workplace: Workplace, harness: Callable[..., int], judge: Path, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from harness.report import build_report

    assert harness("strategy=plain,antislop") == 0
    jobs, (sweep,) = workplace.job_folders(), [path.parent for path in workplace.folder.glob("reports/*/*/sweep.json")]
    assert all(ask(job, judge) == 0 for job in jobs)
    build_report(sweep)
    with (sweep / "table.csv").open(newline="") as file:
        rows = {row["job_id"]: row for row in csv.DictReader(file) if row["metric"] == "reference.bits_per_byte"}
    assert {float(row["value"]) for row in rows.values()} == {
        scores(job)["reference"]["bits_per_byte"]["value"] for job in jobs
    }
    assert sorted(bool(row["p"]) for row in rows.values()) == [False, True]
    assert ask(jobs[0], tiny_model) == 0
    with pytest.raises(ValueError, match="give all arms the same --reference"):
        build_report(sweep)


def test_a_family_may_be_declared_before_the_reference_has_read(
    workplace: Workplace, harness: Callable[..., int], judge: Path
) -> None:
    """Until then the caption says what is missing: a family that is smaller than declared must not pass for it."""
    from harness.report import build_report

    assert harness("strategy=plain,antislop", "primary_metrics=[reference.bits_per_byte]") == 0
    (sweep,) = [path.parent for path in workplace.folder.glob("reports/*/*/sweep.json")]
    page = (sweep / "table.md").read_text()
    assert "not measured yet: reference.bits_per_byte" in page
    assert "sweep's 0 comparisons" in page
    assert all(ask(job, judge) == 0 for job in workplace.job_folders())
    build_report(sweep)
    page = (sweep / "table.md").read_text()
    assert "not measured yet" not in page
    assert "sweep's 1 comparisons" in page


def test_a_conversation_is_read_through_the_references_own_template(
    workplace: Workplace, harness: Callable[..., int], judge: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The marks of the writer's template are ordinary text to another model."""
    assert harness("strategy=plain", "dataset.chat_template=true", "dataset.limit=2") == 0
    (job,) = workplace.job_folders()
    assert ask(job, judge) == 0
    readings = json.loads((job / FILE).read_text())["readings"]
    tokenizer = AutoTokenizer.from_pretrained(judge)
    for sample, said in zip(JobFolder(job).read_selected(), ("the cat", "the dog"), strict=True):
        prompt = tokenizer(f"<s>[{said}]to", add_special_tokens=False).input_ids
        bits = readings[reading_key(sample.prompt, sample.text)]["bits"]
        assert bits == pytest.approx(plain_bits(judge, prompt, sample.text), abs=1e-6)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [("dataset", "is not what the run read; restore it"), ("template", "name a chat model"), ("folder", "config.yaml")],
)
def test_what_cannot_be_asked_is_one_line_and_leaves_the_scores(
    workplace: Workplace,
    harness: Callable[..., int],
    judge: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: str,
    said: str,
) -> None:
    """Other conversations under the same ids would be judged as the prompts of these texts."""
    assert harness("strategy=plain", "dataset.chat_template=true", "dataset.limit=2") == 0
    (job,) = workplace.job_folders()
    before = JobFolder(job).scores.read_bytes()
    if spoil == "dataset":
        path = workplace.folder / "prompts.jsonl"
        path.write_text(path.read_text().replace("cat", "dog"))
    elif spoil == "template":
        for file in judge.glob("chat_template*"):
            file.unlink()
    capsys.readouterr()
    assert ask(workplace.folder if spoil == "folder" else job, judge) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert JobFolder(job).scores.read_bytes() == before
    assert not (job / FILE).exists()
