"""Regex lists: raw and JSON spellings give the same patterns, and what would match everything or nothing is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.inputs.regexes import load_regexes

PATTERNS = (r"(?i)\bnot [^.!?]{3,60} but", r'["“]so,["”] \w+ said')
RAW_LINES = r'''"(?i)\bnot [^.!?]{3,60} but",
"[\"“]so,[\"”] \w+ said"'''
SHAPES = {
    "list.json": json.dumps(PATTERNS),
    "rows.json": json.dumps([[pattern] for pattern in PATTERNS]),
    "json_in.txt": json.dumps(PATTERNS, indent=1),
    "lines.txt": "# a comment\n" + "\n\n".join(PATTERNS) + "\n",
    "without_brackets.txt": RAW_LINES,
    "without_its_first.txt": RAW_LINES + "\n]",
    "raw.json": f"[\n{RAW_LINES},\n]\n",
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_matches_the_same(name: str, tmp_path: Path) -> None:
    """A list of raw patterns read as JSON would turn the boundary `\\b` into a backspace."""
    path = tmp_path / name
    path.write_text(SHAPES[name], encoding="utf-8")
    assert load_regexes(str(path)).entries == PATTERNS


def test_the_digest_is_of_the_patterns_not_of_their_file(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(r'["\\bcat", "\\bcat", "dog"]')
    (tmp_path / "b.txt").write_text("\\bcat\ndog\n")
    (tmp_path / "c.txt").write_text("dog\n\\bcat\n")
    a, b, c = (load_regexes(str(tmp_path / name)) for name in ("a.json", "b.txt", "c.txt"))
    assert a.digest == b.digest != c.digest
    assert (a.name, a.source) == ("a", str(tmp_path / "a.json"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[]", "empty"),
        ('["(cat"]', "'(cat' is no regular expression"),
        ('["cat", "c*"]', "'c*' matches the empty string"),
        (r'["\\b"]', "matches the empty string"),
        ('["(?:cat|)"]', "matches the empty string"),
        (r'["\bcat"]', r"in JSON write \\b"),
        ('["cat", " "]', "only white space"),
        ('["cat", 3]', "entry 3"),
        ('[["cat", 0.5]]', "neither"),
        ('{"cat": 0.5}', "neither"),
        ('"cat"', "JSON"),
        ('["cat",\n"dog",\n', "JSON"),
    ],
)
def test_what_cannot_be_meant_is_refused(content: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        load_regexes(str(path))
    message = str(caught.value)
    assert message.startswith("regexes=")
    assert says in message
    assert "\n" not in message
