"""From events back to a text with its strike-outs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.sample_view import LONGEST_STRUCK, MOST_STRUCK, Kept, Piece, Struck, view_sample
from harness.report.sweep_data import Lists, PhraseSet
from tests.harness.report.conftest import rewind, text_sample

LISTS = Lists(
    phrases=PhraseSet("mine", "", ("a testament to", "shimmering")),
    regexes=PhraseSet("patterns", "", (r"\bnot \w+ but", r"(?i)an? old")),
    heldout=PhraseSet("other", "", ("testament", "old dog")),
)


def pieces_of(text: str, *events: dict[str, object]) -> tuple[Piece, ...]:
    return view_sample(text_sample("p", text, events), LISTS).pieces


def kept_text(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, Kept))


def struck_length(pieces: Sequence[Piece]) -> int:
    """Characters taken back, each time they were."""
    return sum(
        piece.times * (len(kept_text(piece.pieces)) + struck_length(piece.pieces))
        for piece in pieces
        if isinstance(piece, Struck)
    )


def struck_with_offset(pieces: Sequence[Piece]) -> Iterator[tuple[int, Struck]]:
    offset = 0
    for piece in pieces:
        if isinstance(piece, Kept):
            offset += len(piece.text)
        else:
            yield offset, piece


def test_a_retraction_stands_where_it_was_written() -> None:
    pieces = pieces_of("She could not stop.", rewind(4, 1, 3, " took a deep breath", "phrase:took a deep breath"))
    took = Struck((Kept(" took a deep breath", ""),), "phrase:took a deep breath", 3)
    assert pieces == (Kept("She", ""), took, Kept(" could not stop.", ""))


def test_what_was_taken_back_within_a_retraction_stays_within_it() -> None:
    """The same phrase through other tokens: the second rewind begins before the first one's place."""
    pieces = pieces_of("covered.", rewind(9, 8, 10, " tricks"), rewind(9, 7, 7, " intricate"))
    inner = Struck((Kept(" tricks", ""),), "phrase:a testament to", 1)
    outer = Struck((Kept(" in", ""), inner, Kept("tricate", "")), "phrase:a testament to", 2)
    assert pieces == (Kept("covered", ""), outer, Kept(".", ""))


def test_the_same_retraction_again_is_counted() -> None:
    again = rewind(4, 1, 0, "Look")
    (struck, _) = pieces_of("See", again, again, again)
    assert isinstance(struck, Struck)
    assert struck.times == 3


def test_a_retraction_beyond_the_text_stands_at_its_end() -> None:
    """A stop string is cut off after the rewinds that happened behind it."""
    assert kept_text(pieces_of("Stop", rewind(9, 8, 12, "gone"))) == "Stop"


def test_a_rewind_to_the_start_does_not_fill_the_page() -> None:
    (struck, _) = pieces_of("x", rewind(900, 0, 0, "word " * 1000))
    assert isinstance(struck, Struck)
    assert len(kept_text(struck.pieces)) < LONGEST_STRUCK


def test_the_same_retraction_is_counted_also_where_others_came_between() -> None:
    """Guards: a text that starts over hundreds of times, a few phrases taking turns, shown as hundreds of pieces."""
    one, other = rewind(4, 1, 0, "Look"), rewind(4, 1, 0, "Lo", "phrase:lo")
    pieces = pieces_of("See", one, other, one, other, one)
    assert [piece.times for piece in pieces if isinstance(piece, Struck)] == [3, 2]


def test_a_sample_that_takes_back_too_much_to_show_counts_the_rest() -> None:
    events = [rewind(90, 0, 0, f"{index:03} word" * 20) for index in range(100)]
    view = view_sample(text_sample("p", "x", events), LISTS)
    struck = [piece for piece in view.pieces if isinstance(piece, Struck)]
    assert 0 < sum(piece.size for piece in struck) <= MOST_STRUCK
    assert len(struck) + view.hidden == view.rewinds == 100


def test_a_hit_names_its_entry() -> None:
    marks = [(piece.mark, piece.entry) for piece in pieces_of("SHIMMERING, an old dog") if isinstance(piece, Kept)]
    assert [mark for mark in marks if mark[0]] == [
        ("banned", "shimmering"),
        ("regex", "(?i)an? old"),
        ("heldout", "old dog"),
    ]


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("It was A testament to rain", [("A testament to", "banned")]),
        ("The old dog. Testament!", [("old dog", "heldout"), ("Testament", "heldout")]),
        ("shimmeringly", []),
        ("Not rain, not shimmering but fog.", [("not ", "regex"), ("shimmering", "banned"), (" but", "regex")]),
        ("An old dog.", [("An old", "regex"), (" dog", "heldout")]),
    ],
)
def test_hits_are_marked_as_the_scorers_count_them(text: str, marks: list[tuple[str, str]]) -> None:
    """What several lists name counts as banned: phrases, then regexes, are what the sampler had."""
    pieces = [piece for piece in pieces_of(text) if isinstance(piece, Kept)]
    assert [(piece.text, piece.mark) for piece in pieces if piece.mark] == marks


@given(
    st.lists(st.tuples(st.text(alphabet="ab İ🙂", min_size=1, max_size=4), st.floats(0, 1) | st.none()), max_size=30)
)
def test_no_character_is_lost_or_invented(history: list[tuple[str, float | None]]) -> None:
    """Whatever was written and taken back: the kept text is the text, and each character taken back is struck once."""
    text, events = "", []
    for written, back in history:
        text += written
        if back is not None:
            char = int(back * len(text))
            events.append(rewind(len(text), char, char, text[char:]))
            text = text[:char]
    pieces = pieces_of(text, *events)
    assert kept_text(pieces) == text
    assert struck_length(pieces) == sum(len(event["text"]) for event in events)
    places = {event["char"] for event in events}
    assert all(offset in places for offset, _ in struck_with_offset(pieces))
