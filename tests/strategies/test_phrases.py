"""Phrase lists as arguments: every form says the same, and what cannot be meant is refused."""

from __future__ import annotations

import warnings

import pytest

from strategies import AntiSlop, BadWords, TokenBan
from strategies.matcher import fold
from strategies.phrases import Phrases, parse_phrases

TWINS = ("Elara", "elara", "cat’s", "cat's")


@pytest.mark.parametrize("phrases", [["a b", "c"], ("a b", "c"), iter(["a b", "c"]), ["a b", "c", "a b"]])
def test_strings_in_any_container(phrases):
    assert parse_phrases(phrases) == Phrases(("a b", "c"), None)


@pytest.mark.parametrize("phrases", [{"a b": 0.5, "c": 1}, [("a b", 0.5), ("c", 1)], [["a b", 0.5], ["c", 1.0]]])
def test_numbers_up_to_1_are_factors(phrases):
    assert parse_phrases(phrases) == Phrases(("a b", "c"), (0.5, 1.0))


def test_one_number_above_1_makes_all_of_them_counts():
    """Read as factors, a count of 120 would raise the phrase's probability."""
    with pytest.warns(UserWarning, match="counts"):
        assert parse_phrases([("a b", 120), ("c", 1)]) == Phrases(("a b", "c"), None)


@pytest.mark.parametrize("again", ["elara", "ELARA", "Elara"])
def test_entries_that_fold_to_the_same_are_one(again):
    """Two entries for one phrase would be penalised twice in a soft ban (CONFORMANCE 15, 28)."""
    pairs = [("Elara", 0.5), (again, 0.25), ("cat’s", 0.1), ("Cat's", 0.2)]
    assert parse_phrases(pairs, fold) == Phrases(("Elara", "cat’s"), (0.5, 0.1))


def test_antislop_tells_entries_apart_as_its_matcher_does():
    assert AntiSlop(TWINS).finder.whys == ("phrase:Elara", "phrase:cat’s")
    assert AntiSlop(TWINS, ignore_case=False).finder.whys == ("phrase:Elara", "phrase:elara", "phrase:cat’s")


def test_strategies_that_spell_entries_as_tokens_keep_every_spelling():
    """ "elara" has other token ids than "Elara", "cat's" than "cat’s"."""
    assert TokenBan(TWINS).phrases == BadWords(TWINS).phrases == TWINS


def test_white_space_round_an_entry_is_trimmed_with_a_warning():
    with pytest.warns(UserWarning, match="' a b '"):
        assert parse_phrases([" a b ", "a b"]) == Phrases(("a b",), None)


def test_a_clean_list_gives_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parse_phrases([("a b", 0.5), ("c", 1.0)]) == Phrases(("a b", "c"), (0.5, 1.0))


@pytest.mark.parametrize(
    ("phrases", "error", "says"),
    [
        ("a b", TypeError, "one string"),
        ([3], TypeError, "3 is neither"),
        ([("a", "b")], TypeError, "neither"),
        ([("a", True)], TypeError, "neither"),
        ([("a", 0.5, 1)], TypeError, "neither"),
        ([" \n"], ValueError, "only white space"),
        ([("a", 0)], ValueError, "the number 0.0"),
        ([("a", -1), ("b", 7)], ValueError, "the number -1.0"),
        ([("a", float("nan"))], ValueError, "the number nan"),
        ([("a", 0.5), "b"], ValueError, "'b' has no number"),
    ],
)
def test_what_cannot_be_meant_is_refused(phrases, error, says):
    with pytest.raises(error, match=says):
        parse_phrases(phrases)


@pytest.mark.parametrize("strategy", [AntiSlop, TokenBan])
def test_an_empty_list_is_refused_by_name(strategy):
    with pytest.raises(ValueError, match="phrases: the list is empty"):
        strategy([])
