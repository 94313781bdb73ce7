"""Several sweeps in one report: what may be compared, what is shown once, and what is said to differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.report.__main__ import main
from harness.report.differences import differences
from harness.report.findings import findings_of
from harness.report.side_by_side import read_side_by_side
from harness.store.records import write_json
from tests.harness.report.conftest import stories, sweep_writer, text_sample

OTHER_WORDS = [text_sample(f"p{index}", "Rain fell on the hill.", prompt="Twice") for index in range(10)]


def first(root: Path, **fields: Any) -> Path:
    write = sweep_writer(root, "a", "first")
    return write(("plain", stories(4), {}), ("antislop", stories(0, rewinds=2), {}), **fields)


def controls(folders: list[Path]) -> dict[str, str | None]:
    """Label → the job it is compared with."""
    sweep = read_side_by_side(folders)
    found = {job.label: sweep.plain_of(job) for job in sweep.done}
    return {label: plain and plain.job_id for label, plain in found.items()}


def test_an_arm_meets_plain_of_its_own_sweep_or_else_of_another(tmp_path: Path) -> None:
    own = sweep_writer(tmp_path, "b", "second")(("plain", stories(3), {}), ("token_ban", stories(1), {}))
    without = sweep_writer(tmp_path, "c", "third")(("replace", stories(1), {}))
    found = controls([first(tmp_path), own, without])
    assert found == {
        "plain": None,
        "antislop": "first0",
        "plain (B)": None,
        "token_ban (B)": "second0",
        "replace (C)": "first0",
    }


@pytest.mark.parametrize(
    ("job", "fields"),
    [
        ({"seed": 1}, {}),
        ({"decoding": {"temperature": 0.5}}, {}),
        ({"model": "other"}, {}),
        ({}, {"phrases": {"name": "mine", "digest": "9", "entries": ["rain"]}}),
        ({}, {"heldout": {"name": "other words", "digest": "9", "entries": ["rain"]}}),
        ({}, {"regexes": {"name": "patterns", "digest": "9", "entries": ["ra+in"]}}),
    ],
    ids=["seed", "decoding", "model", "banned list of the same name", "held-out list", "regexes"],
)
def test_what_does_not_agree_is_not_compared(tmp_path: Path, job: dict[str, Any], fields: dict[str, Any]) -> None:
    """Guards: the effect of a seed, a temperature or another list booked on a strategy."""
    other = sweep_writer(tmp_path, "b", "second")(("token_ban", stories(1), job), **fields)
    folders = [first(tmp_path), other]
    assert controls(folders)["token_ban (B)"] is None
    groups = [group.title for group in findings_of(read_side_by_side(folders)).table.groups]
    assert len(set(groups)) == 2


def test_the_same_prompt_ids_with_other_words_are_not_paired(tmp_path: Path) -> None:
    other = sweep_writer(tmp_path, "b", "second")(("token_ban", OTHER_WORDS, {}))
    folders = [first(tmp_path), other]
    assert controls(folders)["token_ban (B)"] is None
    assert "prompts of B" in findings_of(read_side_by_side(folders)).table.groups[1].title


def test_other_weights_under_the_same_name_are_not_compared(tmp_path: Path) -> None:
    other = sweep_writer(tmp_path, "b", "second")(("token_ban", stories(1), {}))
    folders = [first(tmp_path), other]
    for name, weights in (("first0", "1234"), ("first1", "1234"), ("second0", "5678")):
        write_json(tmp_path / f"runs/x/{name}/provenance.json", {"schema": 1, "model": {"weights": weights}})
    assert controls(folders)["token_ban (B)"] is None


def test_speeds_are_compared_within_a_sweep_only(tmp_path: Path) -> None:
    """Another sweep ran at another time, or on another machine."""
    other = sweep_writer(tmp_path, "b", "second")(("token_ban", stories(1), {}))
    found = findings_of(read_side_by_side([first(tmp_path), other]))
    assert {job for job, metric in found.numbers.compared} == {"first1", "second0"}
    assert set(found.numbers.speeds) == {"first1"}


def test_a_job_that_both_sweeps_have_is_shown_once(tmp_path: Path) -> None:
    """The same job in two experiments: one row, and one Plain for both; with other texts it is another row."""
    other = tmp_path / "other"
    again = sweep_writer(other, "b", "first")(("plain", stories(4), {}), ("antislop", stories(1), {}))
    sweep = read_side_by_side([first(tmp_path), again])
    assert [job.label for job in sweep.done] == ["plain", "antislop", "antislop (B)"]
    assert [job.job_id for job in sweep.done] == ["first0", "first1", "first1 (B)"]
    assert controls([first(tmp_path), again])["antislop (B)"] == "first0"


def settings(root: Path, job: str, text: str) -> None:
    (root / f"runs/x/{job}/config.yaml").write_text(text)


def test_what_differs_is_said_and_nothing_else(tmp_path: Path) -> None:
    other = sweep_writer(tmp_path, "b", "second")(("antislop", stories(1), {"label": "antislop ban=soft"}))
    same = "experiment_name: {0}\nruns_dir: {0}\nseed: 0\nphrases: {1}\nstrategy:\n  ban: {2}\n"
    folders = [first(tmp_path), other]
    for job in ("first0", "first1"):
        settings(tmp_path, job, same.format("x", "/home/one/list.txt", "hard"))
    settings(tmp_path, "second0", same.format("y", "/srv/two/list.txt", "soft"))
    found = {one.name: one.values for one in differences(read_side_by_side(folders))}
    assert found == {"strategy.ban": ("hard", "soft")}


def test_the_command_lays_them_side_by_side_in_a_folder_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = sweep_writer(tmp_path, "b", "second")(("replace", stories(1, rewinds=1), {}))
    folders = [str(first(tmp_path)), str(other)]
    assert main(folders) == 0
    page = Path(capsys.readouterr().out.strip())
    assert page == tmp_path / "reports/side_by_side/a+b/report.html"
    assert main([*folders, "--out", str(tmp_path / "mine")]) == 0
    built = {path.name: path.read_bytes() for path in page.parent.iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()} == built
    assert not (Path(folders[0]) / "report.html").exists()
    for name in ("report.html", "table.md"):
        text = built[name].decode()
        assert "What differs between the sweeps" in text
        assert "only where model, weights, decoding, seed, prompts and lists agree" in text
    assert b"b,second0,tiny,replace" in built["table.csv"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{a}", "{a}"], "is given twice"),
        (["{a}", "--out", "{a}"], "--out is for several"),
        (["{a}", "{b}", "--out", "{a}"], "holds a sweep and its own report"),
        (["{a}", "{laws}"], "holds exact laws"),
        (["{a}", "{nothing}"], "it has no sweep.json"),
    ],
)
def test_what_cannot_stand_side_by_side_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    folders = {"a": first(tmp_path), "b": sweep_writer(tmp_path, "b", "second")(("plain", stories(1), {}))}
    folders |= {"laws": tmp_path / "laws", "nothing": tmp_path / "nothing"}
    write_json(folders["laws"] / "sweep.json", {"schema": 1, "task": "law"})
    assert main([argument.format(**folders) for argument in arguments]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
