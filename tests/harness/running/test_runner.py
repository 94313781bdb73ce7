"""A job that was cut short continues; a job that is done does nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch

import harness as results
from harness.planning.plan import Job
from harness.running.models import load_backend
from harness.running.runner import run_job
from harness.store.jobfolder import JobFolder, Status
from harness.store.records import Cell, Sample, read_samples


@dataclass
class Watch:
    """A progress that remembers what was generated, and may break off."""

    break_after: int | None = None
    break_with: type[BaseException] = KeyboardInterrupt
    generated: list[Sample] = field(default_factory=list)

    def start_job(self, job: Job, missing: Collection[Cell]) -> None: ...
    def load_job(self, job: Job) -> None: ...
    def end_job(self, job: Job, status: Status) -> None: ...
    def note(self, job: Job, what: str) -> None: ...

    def add(self, job: Job, sample: Sample) -> None:
        self.generated.append(sample)
        if len(self.generated) == self.break_after:
            raise self.break_with("broken off")


def _run(job: Job, watch: Watch | None = None) -> list[Cell]:
    """The cells that were generated."""
    watch = watch or Watch()
    run_job(job, watch)
    return [sample.cell for sample in watch.generated]


def test_a_finished_file_is_in_prompt_and_repeat_order(job: Callable[..., Job]) -> None:
    mine = job("repeats=2", "batch_size=3")
    _run(mine)
    samples = read_samples(mine.folder.samples)
    assert [sample.cell for sample in samples] == [Cell(f"p{n}", repeat) for n in range(5) for repeat in range(2)]
    assert mine.folder.read_status().state == "done"
    assert [sample.error for sample in samples] == [None] * 10


def test_batch_size_changes_no_byte(job: Callable[..., Job], tmp_path: Path) -> None:
    files = []
    for size in (1, 3, 16):
        mine = job(f"batch_size={size}", f"runs_dir=runs{size}", "repeats=2", "decoding.max_new_tokens=40")
        _run(mine)
        files.append(mine.folder.samples.read_bytes())
    assert files[0] == files[1] == files[2]
    assert b'"kind": "rewind"' in files[0]


def test_a_second_run_generates_nothing_and_touches_no_sample(job: Callable[..., Job]) -> None:
    mine = job()
    _run(mine)
    before = mine.folder.samples.stat()
    assert _run(mine) == []
    assert mine.folder.samples.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("kept", [1, 3])
def test_an_interrupted_job_continues_to_the_same_bytes(kept: int, job: Callable[..., Job]) -> None:
    whole, cut = job("runs_dir=whole", "repeats=2"), job("runs_dir=cut", "repeats=2")
    _run(whole)
    with pytest.raises(KeyboardInterrupt):
        _run(cut, Watch(break_after=kept))
    assert cut.folder.read_status().state == "interrupted"
    assert cut.folder.read_status().samples == kept
    assert len(_run(cut)) == 10 - kept
    assert cut.folder.samples.read_bytes() == whole.folder.samples.read_bytes()


def test_a_torn_last_line_is_generated_again(job: Callable[..., Job]) -> None:
    mine = job()
    _run(mine)
    whole = mine.folder.samples.read_bytes()
    mine.folder.samples.write_bytes(whole[:-20])
    assert _run(mine) == [Cell("p4", 0)]
    assert mine.folder.samples.read_bytes() == whole


def test_an_exception_is_recorded_and_what_was_written_stays(job: Callable[..., Job]) -> None:
    mine = job()
    _run(mine, Watch(break_after=2, break_with=RuntimeError))
    status = mine.folder.read_status()
    assert (status.state, status.error, status.samples) == ("failed", "RuntimeError: broken off", 2)
    assert len(_run(mine)) == 3
    assert mine.folder.read_status().error is None


def test_more_repeats_and_a_larger_limit_add_only_what_is_new(job: Callable[..., Job]) -> None:
    """And a smaller selection afterwards keeps the rest, without scoring it."""
    _run(job("dataset.limit=2"))
    added = _run(job("dataset.limit=3", "repeats=2"))
    assert sorted(added) == [Cell("p0", 1), Cell("p1", 1), Cell("p2", 0), Cell("p2", 1)]
    small = job("dataset.limit=2")
    assert _run(small) == []
    assert [sample.cell for sample in small.folder.read_selected()] == [Cell("p0", 0), Cell("p1", 0)]
    assert len(read_samples(small.folder.samples)) == 6


def test_arms_share_their_draws(job: Callable[..., Job]) -> None:
    """Comparisons are paired: where AntiSlop never went back, its text is Plain's, token for token.

    So is its price, save that it holds tokens back until no phrase is open.
    """
    arms = [job(f"strategy={name}", "repeats=3") for name in ("plain", "antislop")]
    for arm in arms:
        _run(arm)
    pairs = list(zip(*(read_samples(arm.folder.samples) for arm in arms), strict=True))
    untouched = [(plain, undone) for plain, undone in pairs if not undone.events]
    assert 0 < len(untouched) < len(pairs)
    assert all(_but_held_back(plain) == _but_held_back(undone) for plain, undone in untouched)
    assert any(set(undone.cost["held_back"]) - {"0"} for _, undone in untouched)


def _but_held_back(sample: Sample) -> Sample:
    return replace(sample, cost={name: count for name, count in sample.cost.items() if name != "held_back"})


def test_the_model_is_loaded_once_for_all_jobs_that_share_it(job: Callable[..., Job]) -> None:
    plain, antislop = job("strategy=plain"), job("strategy=antislop")
    assert load_backend(plain.settings.model, plain.source) is load_backend(antislop.settings.model, antislop.source)


def test_log_probs_are_the_unmodified_models(job: Callable[..., Job]) -> None:
    """Temperature, truncation and bans bend the draw, not the yardstick."""
    mine = job("decoding.temperature=0.5", "decoding.top_k=3", "strategy=token_ban")
    _run(mine)
    backend = load_backend(mine.settings.model, mine.source)
    for sample in read_samples(mine.folder.samples):
        prompt = backend.vocab.prompt(sample.prompt).tokens
        torch.testing.assert_close(
            torch.tensor(sample.logprobs, dtype=torch.float64), backend.score(prompt, sample.tokens), atol=1e-6, rtol=0
        )


def test_times_and_provenance_lie_apart_from_the_samples(job: Callable[..., Job]) -> None:
    mine = job("batch_size=2")
    _run(mine)
    segments = json.loads(mine.folder.timing.read_text())["segments"]
    assert [segment["samples"] for segment in segments] == [2, 2, 1]
    samples = read_samples(mine.folder.samples)
    assert sum(segment["kept"] for segment in segments) == sum(len(sample.tokens) for sample in samples)
    assert b"seconds" not in mine.folder.samples.read_bytes()
    made = json.loads(mine.folder.provenance.read_text())
    assert made["job_id"] == mine.id
    assert made["packages"]["torch"] == torch.__version__
    assert made["model"]["weights"] == mine.source.weights
    assert made["earlier"] == []


def test_a_resumed_job_remembers_what_made_its_first_part(job: Callable[..., Job]) -> None:
    with pytest.raises(KeyboardInterrupt):
        _run(job("batch_size=2"), Watch(break_after=1))
    mine = job("batch_size=5")
    _run(mine)
    made = json.loads(mine.folder.provenance.read_text())
    assert (made["batch_size"], [earlier["batch_size"] for earlier in made["earlier"]]) == (5, [2])


def test_a_chat_prompt_is_rendered_by_the_models_template(job: Callable[..., Job]) -> None:
    """Its special tokens must be ids, not spelled out, and no second BOS may stand in front."""
    mine = job("dataset.chat_template=true", "dataset.limit=1", "strategy=plain")
    _run(mine)
    (sample,) = read_samples(mine.folder.samples)
    assert sample.prompt == "<bos>user the cat the "
    after_bos = load_backend(mine.settings.model, mine.source).vocab.encode("user the cat the ")
    last_is_never_fed = len(sample.tokens) - 1
    assert sample.cost["fed"] == 1 + len(after_bos) + last_is_never_fed


def test_the_record_finds_its_lists_from_any_folder(job: Callable[..., Job], tmp_path: Path) -> None:
    """Scoring later, from elsewhere, must not depend on where the run was started."""
    import yaml

    mine = job()
    _run(mine)
    config = yaml.safe_load(JobFolder(mine.folder.path).config.read_text())
    assert config["phrases"] == str(tmp_path / "banned.txt")
    assert config["heldout"] == str(tmp_path / "heldout.txt")
    assert config["regexes"] is None


def test_a_gguf_file_runs_like_any_model(job: Callable[..., Job]) -> None:
    pytest.importorskip("llama_cpp")
    path = Path(results.__file__).parent / "data" / "inkling_2m_f16.gguf"
    mine = job("model=gguf", "model.name=null", f"model.path={path}", "model.dtype=null", "model.n_ctx=128")
    _run(mine)
    samples = read_samples(mine.folder.samples)
    assert mine.source.label == "inkling_2m_f16"
    assert [sample.error for sample in samples] == [None] * 5
    assert all(sample.text for sample in samples)


@pytest.mark.parametrize("kept", [1, 5])
def test_repeats_that_learn_are_replayed_as_a_unit(kept: int, job: Callable[..., Job]) -> None:
    """A later repeat needs what the earlier ones left behind: they are written again, and appear once."""
    arguments = ("strategy=cars", "repeats=3", "max_draws=2000", "decoding.max_new_tokens=5")
    whole, cut = job(*arguments, "runs_dir=whole"), job(*arguments, "runs_dir=cut", "batch_size=1")
    _run(whole)
    assert any(event["kind"] == "rewind" for s in read_samples(whole.folder.samples) for event in s.events)
    with pytest.raises(KeyboardInterrupt):
        _run(cut, Watch(break_after=kept))
    assert len(_run(cut)) == 15 - kept
    assert cut.folder.samples.read_bytes() == whole.folder.samples.read_bytes()


def test_more_repeats_go_on_where_the_unit_ended(job: Callable[..., Job]) -> None:
    arguments = ("strategy=cars", "max_draws=2000", "decoding.max_new_tokens=5", "dataset.limit=2")
    whole, grown = job(*arguments, "repeats=3", "runs_dir=whole"), job(*arguments, "repeats=3", "runs_dir=grown")
    _run(whole)
    _run(job(*arguments, "repeats=1", "runs_dir=grown"))
    assert sorted(_run(grown)) == [Cell(f"p{n}", repeat) for n in range(2) for repeat in (1, 2)]
    assert grown.folder.samples.read_bytes() == whole.folder.samples.read_bytes()
