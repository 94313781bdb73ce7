"""Guards: n-grams over the end of a sentence, words that NGramBan would not see, phrases cut at the wrong place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from harness.profile.content import ngrams, sentences
from strategies.ngrams import content_words
from strategies.stop_words import ENGLISH


def contents(text: str, order: int) -> list[str]:
    return [gram.content for gram in ngrams(text, order)]


def test_stop_words_are_passed_over_and_sentences_end_ngrams() -> None:
    text = "Her voice was barely above a whisper. Nobody couldn’t hear it!\nShe left"
    assert contents(text, 2) == ["voice barely", "barely whisper", "nobody could", "could hear"]
    assert contents(text, 3) == ["voice barely whisper", "nobody could hear"]


def test_an_ngram_knows_how_it_was_written() -> None:
    text = '"Maybe, just maybe," said Elara.'
    assert [text[gram.start : gram.end] for gram in ngrams(text, 2)] == [
        "Maybe, just maybe",
        'maybe," said',
        "said Elara",
    ]


@given(some.text("aA bİßʼ'’_1.\n the", max_size=40))
def test_the_words_are_those_that_ngram_ban_reads(text: str) -> None:
    found = tuple(word.content for words in sentences(text) for word in words)
    assert found == content_words(text, ENGLISH)
