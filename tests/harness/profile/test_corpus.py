"""Guards: repeats taken for prompts, failed texts counted, one model's profile made of several jobs' texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.profile.corpus import Text, read_corpus
from harness.records import SampleLog, read_samples


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
