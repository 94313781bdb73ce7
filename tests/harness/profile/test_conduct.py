"""The whole command on a real, tiny model: two sweeps, one list between them, and nothing done twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.inputs.phrases import load_phrases
from harness.parsing import read_json
from harness.scoring.phrase_counter import PhraseCounter
from harness.store.records import read_samples
from tests.harness.profile.writing import HUMAN

COMMAND = (
    "task=profile_and_ban",
    "experiment_name=found",
    "strategy=plain,antislop",
    "repeats=8",
    "decoding.max_new_tokens=20",
    "profile.baseline=people.jsonl",
    "profile.min_prompts=2",
    "profile.min_z=0.1",
)


@pytest.fixture
def command(workplace: object, harness: Callable[..., int]) -> Callable[..., int]:
    Path("people.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in HUMAN))
    return lambda *more: harness(*COMMAND, *more)


def sweeps() -> dict[int, Path]:
    """Number of jobs → folder of the sweep."""
    return {len(read_json(path)["jobs"]): path.parent for path in Path("reports/found").glob("*/sweep.json")}


def test_half_of_what_is_found_is_banned_and_the_other_half_judges(command: Callable[..., int]) -> None:
    assert command() == 0
    found, banned = sweeps()[1] / "profile", sweeps()[2]
    lists = {name: load_phrases(str(found / f"{name}.txt")).entries for name in ("banned", "heldout")}
    sweep = read_json(banned / "sweep.json")
    assert sweep["phrases"]["entries"] == list(lists["banned"])
    assert sweep["heldout"]["entries"] == list(lists["heldout"])
    texts = {
        job["strategy"]: [sample.text for sample in read_samples(banned / job["folder"] / "samples.jsonl")]
        for job in sweep["jobs"]
    }
    hits = {
        name: sum(1 for text in said for _ in PhraseCounter(lists["banned"]).hits(text)) for name, said in texts.items()
    }
    assert hits["plain"] > 0 == hits["antislop"]
    assert "plain, another seed" in (banned / "reprofile.md").read_text()
    assert read_json(found / "agreement.json")["known"] > 0


def test_the_list_is_judged_on_texts_that_it_was_not_found_in(command: Callable[..., int]) -> None:
    assert command("seed=4") == 0
    assert {job["seed"] for job in read_json(sweeps()[1] / "sweep.json")["jobs"]} == {4}
    assert {job["seed"] for job in read_json(sweeps()[2] / "sweep.json")["jobs"]} == {5}


def test_the_same_command_again_writes_nothing_new(command: Callable[..., int]) -> None:
    assert command() == 0
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert command() == 0
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_what_was_interrupted_goes_on(command: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the second sweep: the first is not run again, and the texts are those of an uninterrupted run."""
    import harness.profile.conduct as conduct

    def interrupted(job: object, progress: object) -> None:
        raise KeyboardInterrupt

    real = conduct.run_job
    calls: list[object] = []

    def second_fails(job: object, progress: object) -> None:
        calls.append(job)
        (real if len(calls) == 1 else interrupted)(job, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(conduct, "run_job", second_fails)
    assert command() == 130
    monkeypatch.setattr(conduct, "run_job", real)
    assert command() == 0
    assert (sweeps()[2] / "reprofile.md").exists()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("strategy=antislop,token_ban",), "give plain once and an arm that bans"),
        (("strategy=plain",), "give plain once and an arm that bans"),
        (("profile.baseline=nowhere",), "baseline='nowhere'"),
        (("profile.min_prompts=0",), "must be 1 or above"),
        (("strategy.ban=never",), "ban"),
    ],
)
def test_wrong_input_ends_it_before_anything_is_written(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str], more: tuple[str, ...], says: str
) -> None:
    assert command(*more) == 2
    assert says in capsys.readouterr().err
    assert not Path("runs").exists()
    assert not Path("reports").exists()


def test_a_dry_run_writes_nothing_and_names_both_sweeps(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("dry_run=true", "phrases=null", "heldout=null") == 0
    assert "then 2 arms with the lists found in these texts" in capsys.readouterr().out
    assert not Path("runs").exists()


def test_too_little_to_ban_is_said(command: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert command("profile.min_prompts=99") == 1
    assert "give more texts" in capsys.readouterr().err


@pytest.mark.slow
def test_most_of_the_grammars_cliches_are_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the embedded model, which over-uses two lists by construction, against the same grammar's plain mode."""
    monkeypatch.chdir(tmp_path)
    experiment = ("+experiment=profile_and_ban", "tracking=none", "repeats=6")
    monkeypatch.setattr("sys.argv", ["harness", *experiment])
    assert main() == 0
    folder = next(Path("reports/profile_and_ban").glob("*/profile"))
    agreed = read_json(folder / "agreement.json")
    assert agreed["known"] >= 80
    assert agreed["recall"] >= 0.7
    assert agreed["precision"] >= 0.6
