"""Matches of regexes in whole texts."""

import pytest

from harness.scoring.phrase_counter import Hit
from harness.scoring.regex_counter import RegexCounter


@pytest.mark.parametrize(
    ("patterns", "text", "found"),
    [
        (["aa"], "aaaaa", [(0, 2, "aa"), (2, 4, "aa")]),
        (["a b", "b"], "a b", [(0, 3, "a b"), (2, 3, "b")]),
        (["cat"], "Cat", []),
        (["(?i)cat"], "Cat", [(0, 3, "(?i)cat")]),
        (["cat"], "education", [(3, 6, "cat")]),
        ([r"\bcat\b"], "education cat", [(10, 13, r"\bcat\b")]),
        (["x*(?=y)"], "yxy", [(1, 2, "x*(?=y)")]),
        ([r"(?s)a.b"], "a\nb", [(0, 3, r"(?s)a.b")]),
        ([], "anything", []),
    ],
)
def test_hits(patterns: list[str], text: str, found: list[tuple[int, int, str]]) -> None:
    """Each pattern by itself, with its own flags; a match of nothing (a lookahead's) is no hit."""
    assert list(RegexCounter(patterns).hits(text)) == [Hit(*hit) for hit in found]


def test_a_pattern_without_end_is_named() -> None:
    counter = RegexCounter(["a", "^(a|aa)+$"], time_limit=0.05)
    with pytest.raises(TimeoutError, match=r"'\^\(a\|aa\)\+\$' took longer than 0.05 s"):
        list(counter.hits("a" * 60 + "b"))
