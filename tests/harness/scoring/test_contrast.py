"""The embedded patterns find "not X but Y" and leave ordinary denials alone."""

from __future__ import annotations

import pytest

from harness.inputs.regexes import load_regexes
from harness.scoring.regex_counter import RegexCounter
from strategies import AntiSlop

COUNTER = RegexCounter(load_regexes("contrast").entries)


@pytest.mark.parametrize(
    "text",
    [
        "It was not a sound but a silence.",
        "Not rain, but snow.",
        "She left, not because she was cold, but because he was.",
        "He was not only late but also lost.",
        "It wasn't a sound. It was a silence.",
        "It wasn’t a house; it was a ruin.",
        "This is not just rain — it’s a flood.",
        "They were not afraid, they were tired.",
        "She didn't just smile, she shone.",
        "Not a voice—a whisper.",
        "The key wasn’t in the lock, but in her hand.",
        "The house wasn't empty. It was waiting.",
        "His gifts were not blessings; they were debts.",
    ],
)
def test_the_figure_is_found(text: str) -> None:
    assert list(COUNTER.hits(text))


@pytest.mark.parametrize(
    "text",
    [
        "He did not come.",
        "I am not hungry. The soup is cold.",
        "It was not far. She walked there, but he drove.",
        "It was late, but not dark.",
        "She said it wasn't hers. It rained all day.",
        "Nothing but rain.",
        "It is not here. It is not there.",
        "Do not run but wait.",
        "knot the rope, but loosely",
        "The soup wasn't hot, but he ate it.",
        "The door was not locked. She went in.",
        "The door was not locked. It was not even shut.",
    ],
)
def test_ordinary_denials_are_left_alone(text: str) -> None:
    assert not list(COUNTER.hits(text))


def test_strategies_take_the_same_list() -> None:
    """A pattern that the sampler's search refuses would break `regexes=contrast` in a sweep."""
    entries = load_regexes("contrast").entries
    assert AntiSlop(regexes=entries).finder.patterns.sources == entries
