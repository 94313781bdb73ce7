"""python -m harness.profile from the outside: files, their readers, hostile texts, one line on wrong input."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness.inputs.phrases import load_phrases
from harness.profile.__main__ import main
from tests.harness.profile.writing import HUMAN, MODEL

FILES = {
    "ban_list.json",
    "ban_list.txt",
    "banned.txt",
    "heldout.txt",
    "profile.json",
    "table.md",
    "table.csv",
    "table.tex",
}


def write_jsonl(path: Path, rows: Iterable[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_jsonl(tmp_path / "model.jsonl", [{"prompt_id": item.prompt_id, "output": item.text} for item in MODEL])
    (tmp_path / "human").mkdir()
    for number, text in enumerate(HUMAN):
        (tmp_path / "human" / f"{number}.txt").write_text(text)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_save_then_profile_leaves_lists_that_the_harness_reads(place: Path) -> None:
    assert main(["texts=human", "save=people.json", "min_count=1"]) == 0
    assert main(["texts=model.jsonl", "baseline=people.json", "out=found"]) == 0
    assert FILES | {"overuse.png", "overuse.pdf"} == set(contents(place / "found"))
    made = json.loads((place / "found/ban_list.json").read_text())
    both = load_phrases(str(place / "found/ban_list.txt")).entries
    halves = [load_phrases(str(place / f"found/{name}.txt")).entries for name in ("banned", "heldout")]
    assert sorted([*made["phrases"], *made["words"]]) == sorted(both) == sorted([*halves[0], *halves[1]])
    assert "heart skipped a beat" in both
    assert made["made"]["rules"]["min_prompts"] == 3


def test_the_same_again_changes_no_byte_and_other_rules_have_another_folder(place: Path) -> None:
    command = ["texts=model.jsonl", "baseline=human"]
    assert main(command) == 0
    (first,) = (place / "reports/profile").iterdir()
    before = contents(first)
    assert main(command) == 0
    assert contents(first) == before
    assert main([*command, "top=1"]) == 0
    assert len(list((place / "reports/profile").iterdir())) == 2


def test_a_models_text_cannot_act_in_what_people_open(place: Path) -> None:
    evil = "Elara`|<script> \x1b[31m heart _skipped_ $beat$ & 100% \u202e. "
    source = place / "<b>`rm`|\x1b[31m.jsonl"
    write_jsonl(source, [{"id": n, "text": evil * 9} for n in range(4)])
    assert main([f"texts={source}", "baseline=human", "out=found"]) == 0
    for name in FILES - {"profile.json", "ban_list.json"}:
        content = (place / "found" / name).read_text()
        assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", content), name
    assert r"What \<b\>\`rm\`\|\[31m over-uses" in (place / "found/table.md").read_text()
    assert all(
        line.startswith("#") or line[0].isalpha() for line in (place / "found/banned.txt").read_text().splitlines()
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["texts=nowhere"], "texts='nowhere': no such file or folder"),
        (["texts=model.jsonl", "baseline=nothing"], "baseline='nothing': no such file"),
        (["texts=model.jsonl", "min_prompts=two"], "min_prompts='two': must be a whole number"),
        (["texts=model.jsonl", "min_prompts=0"], "must be 1 or above"),
        (["texts=model.jsonl", "colour=red"], "colour='red': no such setting"),
        (["model.jsonl"], "must be KEY=VALUE"),
        (["texts=empty"], "holds no texts"),
        (["texts=odd.jsonl"], "row 1 has no text"),
        (["texts=torn.jsonl"], "is no JSON"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    (place / "empty").mkdir()
    write_jsonl(place / "odd.jsonl", [{"words": "hello"}])
    (place / "torn.jsonl").write_text('{"text": "hel')
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
