"""The matcher against a search that compares at every offset, on any text: folds, controls, halves of surrogates."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scoring.phrase_counter import PhraseCounter
from strategies.hit import Hit
from strategies.matcher import Matcher, Scan, fold, is_word, plain
from tests.strategies.test_matcher import read

# Few characters, so that hits happen; with folds that change length, marks that join, and what no text should hold.
FEW = st.sampled_from([*"abAB -'’_", "İ", "ß", "ẞ", "ſ", "ς", "Σ", "ﬁ", "́", "‍", "\x00", "\ud800", "😀"])
TEXT = st.one_of(st.text(FEW, max_size=12), st.text(max_size=12))


def search(text: str, phrases: list[str], whole_words: bool, ignore_case: bool) -> list[Hit]:
    """By comparing at every offset. Characters are one another's case variants where their folds are equal."""
    same = fold if ignore_case else plain
    hits = []
    for entry, phrase in enumerate(phrases):
        for start in range(len(text) - len(phrase) + 1):
            end = start + len(phrase)
            left = whole_words and is_word(phrase[0]) and start > 0 and is_word(text[start - 1])
            right = whole_words and is_word(phrase[-1]) and end < len(text) and is_word(text[end])
            if [*map(same, text[start:end])] == [*map(same, phrase)] and not left and not right:
                hits.append(Hit(start, end, entry))
    return sorted(hits)


@settings(max_examples=400)
@given(
    pieces=st.lists(TEXT, max_size=5),
    phrases=st.lists(st.text(FEW, min_size=1, max_size=4), min_size=1, max_size=5, unique=True),
    whole_words=st.booleans(),
    ignore_case=st.booleans(),
    data=st.data(),
)
def test_finds_what_a_search_finds(
    pieces: list[str], phrases: list[str], whole_words: bool, ignore_case: bool, data: st.DataObject
) -> None:
    planted = data.draw(st.sampled_from(phrases))
    pieces = [*pieces, planted] if data.draw(st.booleans()) else pieces
    matcher = Matcher(phrases, whole_words=whole_words, ignore_case=ignore_case)
    assert read(matcher, pieces) == search("".join(pieces), phrases, whole_words, ignore_case)


@settings(max_examples=200)
@given(text=TEXT, more=TEXT, cut=st.integers(0, 12), phrases=st.lists(st.text(FEW, min_size=1, max_size=4), min_size=1))
def test_going_back_is_reading_an_older_state(text: str, more: str, cut: int, phrases: list[str]) -> None:
    """After a rewind the matcher stands where it stood: what was read meanwhile leaves nothing behind."""
    matcher = Matcher(phrases)
    scans = [Scan()]
    for index, char in enumerate(text):
        scans.append(matcher.feed(scans[-1], char, index, lambda i: text[i] if 0 <= i < len(text) else "")[0])
    keep = min(cut, len(text))
    written = text[:keep] + more
    scan, hits = scans[keep], []
    for index, char in enumerate(more, keep):
        scan, found = matcher.feed(scan, char, index, lambda i: written[i] if 0 <= i < len(written) else "")
        hits += found
    fresh = [hit for hit in search(written, phrases, whole_words=True, ignore_case=True) if hit.end > keep]
    known = set(search(text[:keep], phrases, whole_words=True, ignore_case=True))
    late = [hit for hit in (*hits, *scan.waiting) if hit.end > keep]
    assert sorted(late) == fresh
    assert all(hit in known or is_word(written[keep]) is False for hit in hits if hit.end <= keep)


@settings(max_examples=200)
@given(
    text=st.text(FEW, max_size=20), phrases=st.lists(st.text("ab A'", min_size=1, max_size=4), min_size=1, max_size=4)
)
def test_what_the_sampler_finds_nowhere_the_judge_finds_nowhere(text: str, phrases: list[str]) -> None:
    """Two programs, one rule: a clean text of the sampler's has no hit by the scorer, and the other way round."""
    entries = [phrase.strip() for phrase in phrases if phrase.strip()]
    if entries and not any(unicodedata.combining(char) for char in text):
        sampled = search(text, entries, whole_words=True, ignore_case=True)
        assert bool(list(PhraseCounter(entries).hits(text))) == bool(sampled)
