"""Regexes in a growing text: found as soon as nothing can change them, and not a character earlier."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from strategies.hit import Hit
from strategies.patterns import Patterns


def read(patterns, pieces, before=""):
    """Hits with the number of the piece that decided them, reading `pieces` one at a time and then the end."""
    starts, text, found = patterns.begin(before), "", []
    for number, piece in enumerate([*pieces, ""]):
        text += piece
        searched = patterns.search(starts, before, text, final=number == len(pieces))
        starts = searched.starts
        found += [(number, hit) for hit in searched.hits]
    return found


def test_a_match_that_touches_the_end_waits_for_the_next_character():
    cat = Patterns([r"\bcat\b"], timeout=1)
    assert read(cat, ["the ", "cat", "s"]) == []
    assert read(cat, ["the ", "cat", " sat"]) == [(2, Hit(4, 7, 0))]
    assert read(cat, ["the ", "cat"]) == [(2, Hit(4, 7, 0))]


def test_a_greedy_match_is_decided_when_it_can_grow_no_more():
    assert read(Patterns(["a+b?"], timeout=1), ["xa", "a", "b", "c"]) == [(3, Hit(1, 4, 0))]


def test_a_dollar_before_a_last_newline_waits_for_what_follows():
    assert read(Patterns([r"x$"], timeout=1), ["x", "\n", "y"]) == []
    assert read(Patterns([r"x$"], timeout=1), ["x", "\n"]) == [(2, Hit(0, 1, 0))]


def test_look_back_and_look_behind_reach_over_any_number_of_pieces():
    far = Patterns([r"(?s)begin.*end!", r"(?<=so )far"], timeout=1)
    pieces = ["begin", *(" and on" for _ in range(200)), " so", " fa", "r", "\nend", "!", "."]
    assert sorted(hit.entry for _, hit in read(far, pieces)) == [0, 1]


def test_a_match_may_begin_in_front_of_the_text_but_not_end_there():
    patterns = Patterns([r"not \w+ but"], timeout=1)
    assert read(patterns, ["t", " but so"], before="not gold but no") == []
    assert read(patterns, [" bu", "t "], before="It was not gold") == [(1, Hit(-8, 4, 0))]


def test_old_text_is_never_read_again():
    """The cost of a pattern must not grow with the length of the text."""
    patterns = Patterns([r"not [^.]{3,60} but"], timeout=1)
    text = "a quiet day. " * 50
    assert patterns.search(patterns.begin(""), "", text, final=False).starts == (len(text),)
    held = patterns.search((0,), "", text + "It was not a", final=False)
    assert held.starts == (len(text) + len("It was "),)


def test_a_search_that_runs_out_of_time_is_late_and_never_called_clean():
    patterns = Patterns([r"(?:a|a)*(?:a|a)*(?:a|a)*(?:a|a)*b\d", "cat"], timeout=0.01)
    searched = patterns.search((0, 0), "", "a" * 3000 + "c cat.", final=False)
    assert searched.late == [0]
    assert [hit.entry for hit in searched.hits] == [1]


def test_a_prompt_that_takes_too_long_is_read_again_and_said_to_be_late():
    """Guards: a time-out that ends the whole batch before anything is written."""
    patterns = Patterns([r"(a|aa)+$x"], timeout=0.01)
    searched = patterns.search(patterns.begin("a" * 60), "a" * 60, "b", final=False)
    assert (searched.late, searched.hits) == ([0], [])


@pytest.mark.parametrize("source", ["x*", "", r"\b", "(?:)|a", "(?=a)"])
def test_a_pattern_that_matches_nothing_at_all_is_refused(source):
    with pytest.raises(ValueError, match="matches the empty string"):
        Patterns([source], timeout=1)


def test_no_regex_at_all_is_refused():
    with pytest.raises(ValueError, match=r"regexes: '\(a' is no regular expression: missing \)"):
        Patterns(["(a"], timeout=1)
    with pytest.raises(TypeError, match="is one string; use a list"):
        Patterns("ab", timeout=1)


# The last five end in a condition that is false at the end of a text, and true once a character follows.
ENDS = [r"a \b", r"a\B", r"b(?!$)", r"c\n(?!\Z)", r"\ba (?=b)"]
SOURCES = [*ENDS, "ab", "a+b", "(?i)AB?c", "b{2,3}", r"a[^c]*c", "ca|abc", r"\bab\b", "(?m)^b"]


@given(st.lists(st.sampled_from(SOURCES), min_size=1, unique=True), st.lists(st.text("abc \n", max_size=3)))
def test_pieces_give_the_matches_of_the_whole(sources, pieces):
    """Whatever the tokens are: a text with a match is never called clean, and no hit is made up."""
    text = "".join(pieces)
    found = [hit for _, hit in read(Patterns(sources, timeout=1), pieces)]
    for entry, source in enumerate(sources):
        whole = {match.span() for match in regex.finditer(source, text, overlapped=True)}
        mine = {(hit.start, hit.end) for hit in found if hit.entry == entry}
        assert mine <= whole
        assert bool(mine) == bool(whole)
