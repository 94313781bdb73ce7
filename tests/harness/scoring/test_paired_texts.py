"""Two files of texts, paired by id: python -m harness.score --texts A B."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.score import main

Rows = Mapping[str, str]
SLOPPY = {f"p{i}": f"A testament to rain, number {i}: " + "rain fell " * (i + 2) for i in range(12)}
CLEAN = {key: text.replace("A testament to", "The sound of") for key, text in SLOPPY.items()}


def compared(folder: Path, capsys: pytest.CaptureFixture[str], first: Rows, second: Rows, *more: str) -> Any:
    for name, rows in {"a": first, "b": second}.items():
        lines = [json.dumps({"id": key, "output": text}) for key, text in rows.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines))
    (folder / "list.txt").write_text("a testament to\n")
    files = [str(folder / "a.jsonl"), str(folder / "b.jsonl")]
    code = main(["--texts", *files, "--phrases", str(folder / "list.txt"), *more])
    said = capsys.readouterr()
    assert (code == 0) == (said.err == "")
    return json.loads(said.out) if "--json" in more and code == 0 else (code, said.out + said.err)


def test_the_difference_is_the_second_minus_the_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One hit a text against none: all 12 prompts say so, and of the 2^12 exchanges two are as extreme."""
    found = compared(tmp_path, capsys, SLOPPY, CLEAN, "--json")
    words = sum(2 * (i + 2) + 5 for i in range(12))
    entry = found["differences"]["slop"]["hits_per_1k_words"]
    assert found["first"]["slop"]["hits_per_1k_words"]["value"] == pytest.approx(12_000 / words)
    assert entry["difference"] == pytest.approx(-12_000 / words)
    assert entry["p"] == pytest.approx(2 / 2**12)
    assert (entry["correction"], entry["n"], entry["unit"]) == ("holm", 12, "hits/1k words")
    assert entry["p_adjusted"] >= entry["p"]
    assert entry["ci"][0] <= entry["difference"] <= entry["ci"][1] < 0


def test_turned_round_only_the_sign_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = compared(tmp_path, capsys, SLOPPY, CLEAN, "--json")["differences"]["slop"]["hits_per_1k_words"]
    back = compared(tmp_path, capsys, CLEAN, SLOPPY, "--json")["differences"]["slop"]["hits_per_1k_words"]
    assert back["difference"] == pytest.approx(-there["difference"])
    assert back["p"] == there["p"]


def test_the_same_texts_do_not_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(tmp_path, capsys, SLOPPY, dict(reversed(SLOPPY.items())), "--json")
    assert found["first"] == found["second"]
    for metrics in found["differences"].values():
        for entry in metrics.values():
            assert entry["difference"] in (0.0, None)
            assert entry["p"] in (1.0, None)


def test_only_shared_ids_are_compared_and_the_others_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A text that one engine never wrote must not count for the other: the prompts would differ, not the engines."""
    more = {**SLOPPY, "x": "a testament to " * 50}
    fewer = {key: text for key, text in CLEAN.items() if key != "p0"}
    found = compared(tmp_path, capsys, more, fewer, "--json")
    assert found["ids"] == {"shared": 11, "only_first": 2, "only_second": 0}
    assert found["first"]["slop"]["texts_with_hit"]["n"] == 11
    assert found["differences"]["slop"]["hits_per_1k_words"]["n"] == 11
    code, said = compared(tmp_path, capsys, more, fewer)
    assert code == 0
    assert said.startswith("11 ids in both files; 2 only in the first, 0 only in the second\n")


def test_numbers_without_p_say_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(tmp_path, capsys, SLOPPY, CLEAN, "--json")["differences"]["diversity"]
    assert found["self_bleu"]["p"] is None
    assert found["self_bleu"]["difference"] is not None
    assert found["self_bleu"]["reason"] == "a number of the whole set is not resampled"
    assert found["mattr_500"]["difference"] is None
    assert found["mattr_500"]["reason"] == "fewer than two ids carry it in both files"


def test_people_get_both_values_the_difference_and_p(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = compared(tmp_path, capsys, SLOPPY, CLEAN)
    (line,) = [line for line in said.splitlines() if line.startswith("slop.hits_per_1k_words")]
    assert "→ 0  -" in line
    assert "(Holm)  (n = 12)" in line


def test_files_without_a_shared_id_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = compared(tmp_path, capsys, {"a": "x"}, {"b": "x"})
    assert code == 2
    assert 'the files share no "id"' in said


def test_groups_are_chosen_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(tmp_path, capsys, SLOPPY, CLEAN, "--json", "--scorers", "default,diversity_more")
    assert list(found["differences"]) == ["slop", "diversity", "diversity_more"]
    code, said = compared(tmp_path, capsys, SLOPPY, CLEAN, "--scorers", "fluency")
    assert code == 2
    assert "--scorers='fluency'" in said


def test_three_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--texts", "a", "b", "c", "--phrases", "inkling_banned"])
    assert stop.value.code == 2
    assert "one file to score, or two to compare" in capsys.readouterr().err


def test_trigrams_bring_their_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "three.json").write_text('[["rain number rain"]]')
    found = compared(tmp_path, capsys, SLOPPY, CLEAN, "--json", "--trigrams", str(tmp_path / "three.json"))
    assert "content_trigrams_per_1k_words" in found["first"]["slop_score"]
