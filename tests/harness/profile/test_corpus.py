"""Guards: repeats taken for prompts, failed texts counted, one model's profile made of several jobs' texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.profile.__main__ import main as profile
from harness.profile.corpus import Text, read_corpus
from harness.profile.pool import name_of, pooled
from harness.store.records import SampleLog, read_samples


@pytest.fixture
def swept(harness: Callable[..., int]) -> Path:
    """A sweep of two strategies with two repeats, on the tiny model."""
    assert harness("strategy=plain,token_ban", "repeats=2", "experiment_name=two") == 0
    (folder,) = Path("reports/two").iterdir()
    return folder


def test_a_sweeps_job_is_chosen_by_label_id_or_model(swept: Path) -> None:
    plain = read_corpus(swept, "texts", "plain")
    assert sorted({text.prompt_id for text in plain.texts}) == ["p0", "p1", "p2", "p3", "p4"]
    assert len(plain.texts) == 10
    (job,) = (path for path in Path("runs/two").iterdir() if read_corpus(path, "texts").digest == plain.digest)
    assert read_corpus(swept, "texts", job.name).texts == plain.texts
    with pytest.raises(InputError, match=r"choose by id, label or model among .* plain .*token_ban"):
        read_corpus(swept, "texts")
    with pytest.raises(InputError, match="job='nobody'"):
        read_corpus(swept, "texts", "nobody")


@pytest.fixture
def warm_and_cold(harness: Callable[..., int]) -> Path:
    assert harness("strategy=plain,token_ban", "decoding.temperature=0.5,1.0", "experiment_name=four") == 0
    (folder,) = Path("reports/four").iterdir()
    return folder


def test_jobs_that_are_pooled_say_in_what_they_differ(
    warm_and_cold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Guards: one profile of two temperatures, whose title names one arm twice and says no more."""
    capsys.readouterr()
    corpus = read_corpus(warm_and_cold, "texts", "plain")
    assert (corpus.name, len(corpus.texts)) == ("tiny plain", 10)
    assert corpus.pooled == "2 jobs that differ in decoding.temperature (0.5, 1.0)"
    assert profile([f"texts={warm_and_cold}", "job=tiny", f"out={tmp_path / 'found'}"]) == 0
    said = "4 jobs that differ in strategy (plain, token_ban), decoding.temperature (0.5, 1.0)"
    printed = capsys.readouterr()
    assert printed.err == f"texts pooled from {said}; job=ID takes one\n"
    # Where the result is read: the table and the list that goes into other people's commands.
    for name in ("table.md", "table.tex", "banned.txt"):
        content = (tmp_path / "found" / name).read_text()
        assert "4 jobs that differ in strategy" in content, name
    assert said in json.loads((tmp_path / "found/profile.json").read_text())["made"]["pooled"]


def test_one_job_is_no_pool_and_can_be_told_from_its_twins(warm_and_cold: Path) -> None:
    with pytest.raises(InputError) as raised:
        read_corpus(warm_and_cold, "texts")
    found = re.findall(r"tiny (\w+) decoding\.temperature=([\d.]+) \((\w+)\)", str(raised.value))
    assert {each[:2] for each in found} == {
        (arm, warmth) for arm in ("plain", "token_ban") for warmth in ("0.5", "1.0")
    }
    corpora = [read_corpus(warm_and_cold, "texts", job_id) for *_, job_id in found]
    assert {corpus.pooled for corpus in corpora} == {None}
    assert len({corpus.digest for corpus in corpora}) == 4


def test_many_jobs_are_called_by_their_number() -> None:
    jobs = [{"model": f"m{n % 2}", "label": f"arm{n}", "job_id": str(n)} for n in range(4)]
    assert name_of(jobs) == "4 jobs of m0, m1"
    assert name_of(jobs[:3]) == "m0 arm0, m1 arm1, m0 arm2"
    assert pooled(jobs[:1]) is None


def test_a_failed_text_is_no_text(swept: Path) -> None:
    folder = next(path for path in Path("runs/two").iterdir() if path.is_dir())
    samples = read_samples(folder / "samples.jsonl")
    (folder / "samples.jsonl").unlink()
    with SampleLog(folder / "samples.jsonl") as log:
        for index, sample in enumerate(samples):
            object.__setattr__(sample, "finish_reason", "error" if index == 0 else sample.finish_reason)
            log.append(sample)
    assert len(read_corpus(folder, "texts").texts) == len(samples) - 1


def test_rows_without_an_id_are_told_apart_by_their_prompt_or_their_number(tmp_path: Path) -> None:
    rows = '[{"prompt": "Once", "output": "a"}, {"prompt": "Once", "text": "b"}, {"story": "c"}]'
    (tmp_path / "texts.json").write_text(rows)
    assert read_corpus(tmp_path / "texts.json", "texts").texts == (Text("Once", "a"), Text("Once", "b"), Text("3", "c"))
