"""The search for word n-grams against a naive one over the whole text."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strategies.hit import Hit, order
from strategies.ngrams import NGrams, Trail, content_words
from strategies.stop_words import ENGLISH, NEGATED

STOP = frozenset({"x", "xx"})
GRAM = st.lists(st.sampled_from(["a", "b", "ab", "ba", "could"]), min_size=1, max_size=3).map(tuple)
TEXT = st.lists(st.sampled_from(["a", "b", "A", "ab", "x", "xx", "couldn", "could", "'", "1", " ", " ", ". "])).map(
    "".join
)


def naive(text, entries, begin):
    """Every occurrence among the content words of a text that stands at `begin`."""
    runs = [(m.start() + begin, m.end() + begin, m[0].lower()) for m in re.finditer(r"\w+", text)]
    words = [(s, e, NEGATED.get(w, w)) for s, e, w in runs if re.fullmatch("[a-z]+", w) and w not in STOP]
    hits = []
    for i in range(len(words)):
        for entry, gram in enumerate(entries):
            found = words[i : i + len(gram)]
            if tuple(w for _, _, w in found) == gram and found[-1][1] > 0:
                hits.append(Hit(next(s for s, e, _ in found if e > 0), found[-1][1], entry))
    return sorted(hits, key=order)


def read(ngrams, pieces, begin):
    trail, hits, offset = Trail(), [], begin
    for piece in pieces:
        trail, found = ngrams.feed(trail, piece, offset)
        hits += found
        offset += len(piece)
    return sorted(hits + ngrams.close(trail)[1], key=order)


@settings(max_examples=300)
@example(["couldn'acouldn1'a"], [("could", "a")], 0)  # a digit behind more letters than any entry has
@given(st.lists(TEXT, max_size=4), st.lists(GRAM, min_size=1, max_size=5, unique=True), st.integers(-8, 0))
def test_finds_exactly_what_a_naive_search_finds(pieces, entries, begin):
    assert read(NGrams(entries, STOP), pieces, begin) == naive("".join(pieces), entries, begin)


@settings(max_examples=300)
@given(TEXT, TEXT, st.lists(GRAM, min_size=1, max_size=4, unique=True))
def test_closed_means_that_no_later_hit_reaches_back(text, more, entries):
    """Soundness of the release line."""
    ngrams = NGrams(entries, STOP)
    trail, _ = ngrams.feed(Trail(), text, 0)
    if not ngrams.is_open(trail):
        after, hits = ngrams.feed(trail, more, len(text))
        assert all(hit.start >= len(text) for hit in hits + ngrams.close(after)[1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Her voice was barely a whisper", "voice barely whisper"),
        ("She couldn't help but feel", "could help feel"),
        ("She couldn’t help but feel", "could help feel"),
        ("the man's eyes", "man eyes"),
        ("3 eyes, 2nd voice_over, no. 7", "eyes"),
        ("a well-known _role_", "well known"),
        ("İSTANBUL Straße", "istanbul straße"),
        ("they don't; it'll, we've", ""),
    ],
)
def test_content_words(text, words):
    assert " ".join(content_words(text, ENGLISH)) == words


def test_a_contraction_may_still_become_the_first_word():
    ngrams = NGrams([("could", "help")], ENGLISH)
    for text in ("c", "could", "couldn", "couldn'", "couldn't"):
        assert ngrams.is_open(ngrams.feed(Trail(), text, 0)[0])
    assert not ngrams.is_open(ngrams.feed(Trail(), "couldnt", 0)[0])


def test_endless_letters_are_no_word_and_cost_no_memory():
    ngrams = NGrams([("voice", "low")], ENGLISH)
    trail, _ = ngrams.feed(Trail(), "voice " + "l" * 10_000, 0)
    assert len(trail.open.text) < 20
    assert read(ngrams, ["voice ", "low" * 5000, " low"], 0) == []


def test_the_stop_words_are_lower_case_letters_each_said_once():
    assert all(re.fullmatch("[a-z]+", word) for word in ENGLISH)
    assert not ENGLISH & NEGATED.keys()
