"""Phrase lists: each shape seen in the wild is read, and what cannot be meant is refused in one line."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.phrases import Phrase, load_phrases

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


def test_counts_do_not_reach_the_strategy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A count of 1 beside one of 120 is no factor of 1; the notice is the list's, once, not each strategy's."""
    path = tmp_path / "counted.json"
    path.write_text('[["grey sea", 120], ["old harbour", 1]]')
    with caplog.at_level(logging.WARNING):
        assert load_phrases(str(path)).as_argument() == ["grey sea", "old harbour"]
    assert "counts" in caplog.text
    assert len(caplog.records) == 1


@pytest.mark.parametrize("said", ["said, quietly", 'a "quoted" word', "[sic]", '"Yes," he said, "no'])
def test_punctuation_of_an_entry_is_its_own(said: str, tmp_path: Path) -> None:
    """Only a file in which every line is one quoted entry loses its quotes."""
    path = tmp_path / "list.txt"
    path.write_text(f'{said}\n"Come in," he said.\n')
    assert load_phrases(str(path)).entries == (said, '"Come in," he said.')


def test_of_equal_entries_the_first_counts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Twice in the list, an entry would be counted in the caption and weighed by two factors."""
    path = tmp_path / "twice.json"
    path.write_text('[["grey sea", 0.5], ["grey sea", 0.25], ["Grey Sea", 0.25]]')
    with caplog.at_level(logging.WARNING):
        assert load_phrases(str(path)).phrases == (Phrase("grey sea", 0.5), Phrase("Grey Sea", 0.25))
    assert "2 entries differ from an earlier one at most in case" in caplog.text


@pytest.mark.parametrize("entry", ["grey  sea", "grey\tsea", "grey\nsea", "grey\u00a0sea"])
def test_unusual_inner_white_space_is_kept_and_told(
    entry: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It matches only itself, so "grey  sea" bans nothing in a text with single spaces."""
    path = tmp_path / "spaced.json"
    path.write_text(json.dumps([entry, "old harbour"]))
    with caplog.at_level(logging.WARNING):
        assert load_phrases(str(path)).entries == (entry, "old harbour")
    assert "1 entries match only text with the very same white space" in caplog.text


def test_numbers_reach_the_strategy_as_pairs(tmp_path: Path) -> None:
    """Dropping them would silently turn a weighted list into a plain ban."""
    path = tmp_path / "weighted.json"
    path.write_text(SHAPES["weighted.json"])
    assert load_phrases(str(path)).as_argument() == [("grey sea", 0.25), ("old harbour", 1)]


def test_the_digest_is_of_the_entries_not_of_their_file(tmp_path: Path) -> None:
    texts = {name: load_phrases(str(_write(tmp_path, name))).digest for name in SHAPES}
    assert texts["plain.json"] == texts["alone.json"] == texts["lines.txt"] == texts["bom.txt"]
    assert len({texts["plain.json"], texts["counted.json"], texts["weighted.json"], texts["mapping.json"]}) == 4


def test_white_space_round_entries_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One line a list, not one an entry: real lists have hundreds of such entries."""
    path = tmp_path / "padded.json"
    path.write_text('[" grey sea", "old harbour ", "grey sea"]')
    with caplog.at_level(logging.WARNING):
        assert load_phrases(str(path)).phrases == (Phrase("grey sea"), Phrase("old harbour"))
    assert len(caplog.records) == 1


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
