"""Phrase lists: each shape seen in the wild is read, and what cannot be meant is refused in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.inputs.phrases import Phrase, load_phrases

ROOT = Path(__file__).resolve().parents[3]

SHAPES = {
    "plain.json": '["grey sea", "old harbour"]',
    "alone.json": '[["grey sea"], ["old harbour"]]',
    "counted.json": '[["grey sea", 120], ["old harbour", 7]]',
    "weighted.json": '[["grey sea", 0.25], ["old harbour", 1]]',
    "mapping.json": '{"grey sea": 0.25, "old harbour": 0.5}',
    "lines.txt": "# a comment\ngrey sea\n\nold harbour\n",
    "json_in.txt": '["grey sea", "old harbour"]',
    "quoted.txt": '"grey sea",\n"old harbour"\n',
    "quoted_with_brackets.txt": '[\n  "grey sea",\n  "old harbour",\n]',
    "quoted.json": '"grey sea",\n"old harbour"]',
    "bom.txt": "\ufeffgrey sea\r\nold harbour\r\n",
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_gives_the_same_entries(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(SHAPES[name], encoding="utf-8", newline="")
    assert load_phrases(str(path)).entries == ("grey sea", "old harbour")


def test_counts_do_not_reach_the_strategy(tmp_path: Path) -> None:
    """A count of 1 beside one of 120 is no factor of 1; the notice is the list's, once, not each strategy's."""
    path = tmp_path / "counted.json"
    path.write_text('[["grey sea", 120], ["old harbour", 1]]')
    found = load_phrases(str(path))
    assert found.as_argument() == ["grey sea", "old harbour"]
    (line,) = found.surprises
    assert line.startswith(f"phrases={str(path)!r}: 2 numbers are counts")


@pytest.mark.parametrize("said", ["said, quietly", 'a "quoted" word', "[sic]", '"Yes," he said, "no'])
def test_punctuation_of_an_entry_is_its_own(said: str, tmp_path: Path) -> None:
    """Only a file in which every line is one quoted entry loses its quotes."""
    path = tmp_path / "list.txt"
    path.write_text(f'{said}\n"Come in," he said.\n')
    assert load_phrases(str(path)).entries == (said, '"Come in," he said.')


def test_of_equal_entries_the_first_counts(tmp_path: Path) -> None:
    """Twice in the list, an entry would be counted in the caption and weighed by two factors."""
    path = tmp_path / "twice.json"
    path.write_text('[["grey sea", 0.5], ["grey sea", 0.25], ["Grey Sea", 0.25]]')
    found = load_phrases(str(path))
    assert found.phrases == (Phrase("grey sea", 0.5), Phrase("Grey Sea", 0.25))
    assert "2 entries differ from an earlier one at most in case" in found.surprises[0]


@pytest.mark.parametrize("entry", ["grey  sea", "grey\tsea", "grey\nsea", "grey\u00a0sea"])
def test_unusual_inner_white_space_is_kept_and_told(entry: str, tmp_path: Path) -> None:
    """It matches only itself, so "grey  sea" bans nothing in a text with single spaces."""
    path = tmp_path / "spaced.json"
    path.write_text(json.dumps([entry, "old harbour"]))
    found = load_phrases(str(path))
    assert found.entries == (entry, "old harbour")
    assert "1 entries match only text with the very same white space" in found.surprises[0]


def test_numbers_reach_the_strategy_as_pairs(tmp_path: Path) -> None:
    """Dropping them would silently turn a weighted list into a plain ban."""
    path = tmp_path / "weighted.json"
    path.write_text(SHAPES["weighted.json"])
    assert load_phrases(str(path)).as_argument() == [("grey sea", 0.25), ("old harbour", 1)]


def test_the_digest_is_of_the_entries_not_of_their_file(tmp_path: Path) -> None:
    texts = {name: load_phrases(str(_write(tmp_path, name))).digest for name in SHAPES}
    assert texts["plain.json"] == texts["alone.json"] == texts["lines.txt"] == texts["bom.txt"]
    assert len({texts["plain.json"], texts["counted.json"], texts["weighted.json"], texts["mapping.json"]}) == 4


def test_white_space_round_entries_is_told_once(tmp_path: Path) -> None:
    """One line a list, not one an entry: real lists have hundreds of such entries."""
    path = tmp_path / "padded.json"
    path.write_text('[" grey sea", "old harbour ", "grey sea"]')
    found = load_phrases(str(path))
    assert found.phrases == (Phrase("grey sea"), Phrase("old harbour"))
    assert len(found.surprises) == 1


@pytest.mark.slow
@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_a_command_tells_a_lists_surprises_once(launcher: str, tmp_path: Path) -> None:
    """Guards: the same line again for the scorers, under an absolute path, and for every worker."""
    (tmp_path / "mine.json").write_text('{"grey sea": 120, "old harbour": 1}')
    sweep = ["strategy=plain,antislop", "model=inkling_500k", "dataset.limit=1", "decoding.max_new_tokens=2"]
    lists = ["phrases=mine.json", "heldout=mine.json", "tracking=none", f"launcher={launcher}"]
    command = [sys.executable, "-m", "harness", *sweep, *lists]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    told = [line.partition(":")[0] for line in ran.stderr.splitlines() if "are counts" in line]
    assert told == ["phrases='mine.json'", "heldout='mine.json'"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[]", "empty"),
        ('["grey sea", "  "]', "white space"),
        ('["grey sea", 5]', "5"),
        ('[["grey sea", "x"]]', "none of"),
        ('[["grey sea", true]]', "none of"),
        ('[["grey sea", 0]]', "above 0"),
        ('[["grey sea", 0.5], "old harbour"]', "only some"),
        ('"grey sea"', "str"),
        ('["grey sea"', "JSON"),
    ],
)
def test_what_cannot_be_meant_is_refused(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        load_phrases(str(path), "heldout")
    message = str(caught.value)
    assert message.startswith("heldout=")
    assert "list.json" in message
    assert says in message
    assert "\n" not in message


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        load_phrases(str(path))


@pytest.mark.parametrize("name", ["no_such_list", "../prompts/inkling_prompts", ""])
def test_an_unknown_name_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_phrases(name)


def _write(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text(SHAPES[name], encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("list.csv", "phrase,weight\na,0.5\n", r"\.csv files are tables"),
        ("list.jsonl", '{"a": 1}\n', r"\.jsonl files are tables"),
        ("list.json", '["\\ud800"]', "half of a surrogate pair"),
        ("list.json", "[" * 200_000, "is not JSON"),
    ],
)
def test_files_that_are_no_lists_are_one_line(tmp_path: Path, name: str, content: str, says: str) -> None:
    """Guards: a table read as phrases without a word, and tracebacks from what JSON allows and text does not."""
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(InputError, match=says):
        load_phrases(str(path))
