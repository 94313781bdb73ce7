"""The share of a text that the grammar could have written: all of its own stories, nothing of others."""

from __future__ import annotations

import pytest

from experiments.inkling.grammar import Grammar
from experiments.inkling.recognise import Recogniser


@pytest.fixture(scope="module")
def recogniser(grammar: Grammar) -> Recogniser:
    return Recogniser(grammar)


def test_it_knows_every_sentence_of_its_own_stories(
    recogniser: Recogniser, sloppy: list[str], plain: list[str]
) -> None:
    assert {recogniser.share(text) for text in sloppy[:40] + plain[:40]} == {1.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0.0),
        ("Call me Ishmael. Some years ago I went to sea.", 0.0),
        ("She slept well that night.", 1.0),
        ("She slept well that nights.", 0.0),
        ("She slept well that night. She slept badly that.", 22 / (22 + 18)),
        ("Nora ran. She slept well that night.", 22 / (8 + 22)),
    ],
)
def test_a_broken_sentence_counts_with_all_its_characters(recogniser: Recogniser, text: str, expected: float) -> None:
    assert recogniser.share(text) == pytest.approx(expected)
