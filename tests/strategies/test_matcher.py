"""The automaton against a naive search, and the rules of matching (CONFORMANCE 3, 5, 6, 8)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.antislop import AntiSlop
from strategies.hit import Hit
from strategies.matcher import Matcher, Scan, fold, is_word

ALPHABET = "aB -_é’'ʼ"


def naive(text, phrases, whole_words, same):
    """Every occurrence, by comparing at every offset."""
    hits = []
    for entry, phrase in enumerate(phrases):
        for start in range(len(text) - len(phrase) + 1):
            end = start + len(phrase)
            if not all(map(same, text[start:end], phrase)):
                continue
            left = whole_words and is_word(phrase[0]) and start > 0 and is_word(text[start - 1])
            right = whole_words and is_word(phrase[-1]) and end < len(text) and is_word(text[end])
            if not left and not right:
                hits.append(Hit(start, end, entry))
    return sorted(hits)


def read(matcher, pieces):
    """All hits of a text fed piece by piece, the end of the text included."""
    scan, hits, offset, text = Scan(), [], 0, "".join(pieces)
    for piece in pieces:
        seen = text[: offset + len(piece)]
        scan, found = matcher.feed(scan, piece, offset, lambda i, seen=seen: seen[i] if 0 <= i < len(seen) else "")
        hits += found
        offset += len(piece)
    return sorted((*hits, *scan.waiting))


@settings(max_examples=300)
@given(
    pieces=st.lists(st.text(ALPHABET, max_size=4), max_size=6),
    phrases=st.lists(st.text(ALPHABET, min_size=1, max_size=4), min_size=1, max_size=5, unique=True),
    whole_words=st.booleans(),
    ignore_case=st.booleans(),
)
def test_finds_exactly_what_a_naive_search_finds(pieces, phrases, whole_words, ignore_case):
    matcher = Matcher(phrases, whole_words=whole_words, ignore_case=ignore_case)

    def same(a, b):
        a, b = ("'" if char in "’ʼ" else char for char in (a, b))
        return a.lower() == b.lower() if ignore_case else a == b

    assert read(matcher, pieces) == naive("".join(pieces), phrases, whole_words, same)


@settings(max_examples=200)
@given(
    text=st.text(ALPHABET, max_size=8),
    more=st.text(ALPHABET, max_size=6),
    phrases=st.lists(st.text(ALPHABET, min_size=1, max_size=4), min_size=1, max_size=4, unique=True),
)
def test_closed_means_that_no_later_hit_reaches_back(text, more, phrases):
    """Soundness of the release line: when nothing is open, every later hit starts at or after this point."""
    matcher = Matcher(phrases)
    whole = text + more
    scan, _ = matcher.feed(Scan(), text, 0, lambda i: text[i] if 0 <= i < len(text) else "")
    if matcher.is_open(scan, len(text), lambda i: text[i] if 0 <= i < len(text) else ""):
        return
    after, hits = matcher.feed(scan, more, len(text), lambda i: whole[i] if 0 <= i < len(whole) else "")
    assert all(hit.start >= len(text) for hit in (*hits, *after.waiting))


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("cat", "education", False),
        ("cat", "a cat!", True),
        ("cat", "a cat_", False),
        ("cat", "cat's", True),
        ("cat", "cat’s", True),
        ("cat", "tom-cat", True),
        ("cat", "*cat*", True),
        ("cat", "cat9", False),
        ("don't", "I don’t know", True),
        ("don’t", "I don't know", True),
        ("!", "stop!now", True),
        ("a b", "a  b", False),
        ("a b", "a\nb", False),
        ("istanbul", "İstanbul", True),
        ("straße", "STRAẞE", True),
        ("οδος", "ΟΔΟΣ", True),
        ("cat", "İİİ cat", True),
        ("漢字", "漢字", True),
        ("漢字", "漢字書", False),
    ],
)
def test_rules_of_matching(phrase, text, found):
    assert bool(read(Matcher([phrase]), [text])) == found
    assert bool(read(Matcher([phrase]), list(text))) == found


def test_characters_whose_lower_case_is_longer_shift_no_position():
    """Guards: an index into lower-cased text used on the original (İ.lower() has two code points)."""
    assert read(Matcher(["cat"]), ["İİİ cat."]) == [Hit(4, 7, 0)]
    assert all(len(fold(chr(code))) == 1 for code in range(0x110000))


def test_a_partial_of_one_entry_hides_no_full_match_of_another():
    matcher = Matcher(["a b c d", "b c"])
    assert read(matcher, list("a b c e")) == [Hit(2, 5, 1)]


def test_of_hits_in_one_token_the_earliest_then_the_longest_comes_first():
    matcher = Matcher(["end of", "the end", "the end of time"], whole_words=False)
    _, hits = matcher.feed(Scan(), "the end of time", 0, lambda i: "")
    assert [matcher.phrases[hit.entry] for hit in hits] == ["the end of time", "the end", "end of"]


def test_ten_thousand_phrases_cost_no_more_states_than_characters():
    phrases = [f"phrase number {i} of many" for i in range(10_000)]
    matcher = Matcher(phrases)
    assert read(matcher, ["this is phrase number 4711 of many, indeed"]) == [Hit(8, 34, 4711)]


def test_equal_lists_share_one_automaton_and_unequal_rules_do_not():
    """Guards: building 10,000 phrases again for every job of a sweep, or a cache that forgets a rule."""
    rules = [(True, True), (True, False), (False, True), (False, False)]
    made = [AntiSlop(["a cat", "dog"], whole_words=w, ignore_case=i).finder.matcher for w, i in rules]
    assert len(set(map(id, made))) == 4
    assert AntiSlop(["a cat", "dog"], ban="none").finder.matcher is made[0]
    assert AntiSlop(["dog", "a cat"]).finder.matcher is not made[0]
