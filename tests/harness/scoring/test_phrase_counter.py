import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scoring.phrase_counter import PhraseCounter, fold, phrase_counter
from harness.scoring.words import words
from strategies.matcher import Matcher, Scan


def found(text: str, *entries: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in PhraseCounter(entries).hits(text)]


@pytest.mark.parametrize(
    ("text", "entries", "expected"),
    [
        ("education of a cat", ["cat"], ["cat"]),  # inside a word is no hit
        ("*Cat* and cat's, cat-like CAT", ["cat"], ["Cat", "cat", "cat", "CAT"]),  # boundaries; case
        ("cat_like cat9", ["cat"], []),  # underscore and digit are word characters
        ("a testament to it", ["a testament", "a testament to"], ["a testament to"]),  # longest at one start
        ("a testament tow", ["a testament", "a testament to"], ["a testament"]),  # the longer one fails its boundary
        ("deep dark wood", ["deep dark", "dark wood"], ["deep dark"]),  # earliest start; no overlap
        ("He couldn’t help but", ["couldn't help"], ["couldn’t help"]),  # curly apostrophe in the text
        ("He couldn't help but", ["couldn’t help"], ["couldn't help"]),  # and in the list
        ("so... and so ...", ["..."], ["...", "..."]),  # no boundary is asked at an edge that is no word character
        ("yes—no", ["—no"], ["—no"]),
        ("a  testament", ["a testament"], []),  # one space is one space
        ("İ STRAẞE, İ Straße is here", ["straße", "here"], ["STRAẞE", "Straße", "here"]),  # folds of another length
        ("cat", ["cat"], ["cat"]),
        ("", ["cat"], []),
    ],
)
def test_rules_of_matching(text: str, entries: list[str], expected: list[str]) -> None:
    assert found(text, *entries) == expected


def test_entry_is_reported_as_the_list_spells_it() -> None:
    """Per-phrase counts would otherwise split or rename entries."""
    assert [hit.entry for hit in PhraseCounter(["Elara", "elara"]).hits("ELARA elara")] == ["Elara", "Elara"]


def naive_hits(text: str, entries: list[str]) -> list[tuple[int, int]]:
    """The same rules through the regex engine: an alternation, longest first, with look-arounds for boundaries."""
    folded = [entry.casefold().replace("’", "'") for entry in entries]
    parts = [
        (r"(?<!\w)" if re.match(r"\w", entry[0]) else "")
        + re.escape(entry)
        + (r"(?!\w)" if re.match(r"\w", entry[-1]) else "")
        for entry in sorted(folded, key=len, reverse=True)
    ]
    return [match.span() for match in re.finditer("|".join(parts), text.casefold().replace("’", "'"))]


# No character whose folding changes the length: the reference has no offset map.
ALPHABET = "abAB '’-_.3é"


@given(
    st.text(ALPHABET, max_size=30),
    st.lists(st.text(ALPHABET, min_size=1, max_size=4), min_size=1, max_size=6),
)
def test_agrees_with_a_regex_alternation(text: str, entries: list[str]) -> None:
    assert [(hit.start, hit.end) for hit in PhraseCounter(entries).hits(text)] == naive_hits(text, entries)


@given(
    st.text(ALPHABET + "ßẞİı‘", max_size=30),
    st.lists(st.text(ALPHABET + "ßẞİı‘", min_size=1, max_size=4), min_size=1, max_size=6),
)
def test_judge_and_sampler_obey_the_same_rules(text: str, entries: list[str]) -> None:
    """Otherwise a hard ban could leave "hits": the automaton's, earliest and longest first, are the counter's."""
    matcher = Matcher(entries)
    scan, found = matcher.feed(Scan(), text, 0, lambda at: text[at] if at >= 0 else " ")
    free, expected = 0, []
    for hit in sorted([*found, *scan.waiting], key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= free:
            free = hit.end
            expected.append((hit.start, hit.end))
    assert [(hit.start, hit.end) for hit in PhraseCounter(entries).hits(text)] == expected


@given(st.text(max_size=40), st.integers(0, 39), st.integers(1, 10))
def test_a_piece_of_the_text_is_found_where_it_stands(text: str, start: int, length: int) -> None:
    """With any Unicode: offsets must point into the original text, whatever folding does."""
    for hit in PhraseCounter([text[start : start + length] or "x"]).hits(text):
        assert 0 <= hit.start < hit.end <= len(text)
        assert fold(hit.entry) == fold(text[hit.start : hit.end])


def test_counters_are_shared_between_jobs() -> None:
    """A sweep of a thousand jobs must not index its list a thousand times."""
    entries = ["one", "two"]
    assert phrase_counter(tuple(entries)) is phrase_counter(tuple(entries))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don’t stop—now!", ["don't", "stop", "now"]),
        ("ﬁne ＡＢＣ", ["fine", "abc"]),  # NFKC
        ("rock 'n' roll", ["rock", "n", "roll"]),
        ("3 cats, x2 _y_", ["cats", "x", "y"]),
        ("Ōsaka déjà", ["ōsaka", "déjà"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected
