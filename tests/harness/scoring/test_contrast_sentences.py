"""Sentences that say "not X but Y" are found and merged as slop-score does it."""

from __future__ import annotations

import pytest

from harness.scoring.contrast import contrasts


@pytest.mark.parametrize(
    "text",
    [
        "It was not a sound, but a silence.",
        "The wind wasn’t cold; but raw.",
        "The house wasn’t empty. It was waiting.",
        "They are not old; they're ancient.",
        "“It’s not far. It is near.”",
        "“It’s not just rain,” he said. “It’s a flood.”",
        "The road no longer led home. It was lost.",
        "It didn't fall. It falls now.",
        "It was not here. It was not there.",  # of "it" slop-score asks no affirmation
    ],
)
def test_each_family_is_found(text: str) -> None:
    assert contrasts(text) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Not that it rained, but the road was wet.",  # "not that" is a concession
        "It was not cold, but when he woke it snowed.",  # a clause of its own
        "She knew that the house was not empty. It was waiting.",  # reported
        "“Come.” The house was not empty. It was waiting.",  # after a closing quotation mark
        "He was not old. She was young.",  # no pronoun for a thing
        "They were not here. They were not there.",
        "The house wasn't empty.",
        "",
    ],
)
def test_what_slop_score_leaves_out_is_left_out(text: str) -> None:
    assert contrasts(text) == 0


def test_figures_that_share_a_sentence_are_one() -> None:
    """The middle sentence is the second half of one figure and the first of the next: two hits would raise the rate."""
    chain = "The sea wasn't blue. It was not green, but grey."
    assert contrasts(chain) == 1


def test_figures_in_sentences_side_by_side_are_two() -> None:
    assert contrasts("She wanted not rain, but snow. He wanted not snow, but ash.") == 2


def test_two_in_one_sentence_are_one() -> None:
    """slop-score counts sentences: counted as stretches these are two."""
    assert contrasts("It was not rain, but snow, and not snow, but ash.") == 1


def test_an_end_mark_is_an_end_wherever_it_stands() -> None:
    """By that rule "3.5" ends a sentence, and what follows it is another."""
    assert contrasts("Not 3.5 miles, but four.") == 0


def test_a_text_that_repeats_itself_is_read_in_time() -> None:
    """No end mark ever: if each start looked ahead to the end of the text, the time limit would be reached."""
    assert contrasts("didn't fall " * 20_000) == 0
