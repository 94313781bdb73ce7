"""The grammar is large enough, closed, and writes what a reader would call sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from experiments.inkling.grammar import Grammar, Rule, Slot, load_grammar
from experiments.inkling.teller import PLAIN, SLOPPY, article, tell
from harness.scoring.words import words

_CAST = {"hero", "she", "her", "hers", "herself", "friend", "he", "him", "his", "himself", "man"}


def _slots(rule: Rule) -> set[str]:
    return {part.name for production in rule.productions for part in production.parts if isinstance(part, Slot)}


def test_the_grammar_has_at_least_400_productions(grammar: Grammar) -> None:
    assert sum(len(rule.productions) for rule in grammar.rules.values()) >= 400


def test_its_stories_use_at_least_1500_words(sloppy: list[str], plain: list[str]) -> None:
    assert len({word for text in sloppy + plain for word in words(text)}) >= 1500


def test_every_slot_has_a_rule_in_every_world(grammar: Grammar) -> None:
    """Guards a rule that exists for the sea only and is asked for in the mountains, which random stories may miss."""
    for rule in grammar.rules.values():
        for slot in _slots(rule) - _CAST:
            for world in [rule.world] if rule.world else grammar.worlds:
                assert grammar.rule(slot, world).productions


def test_every_rule_is_reached(grammar: Grammar) -> None:
    """Guards words that count as vocabulary but can never be said."""
    asked = {"story", "heroine", "hero_man", "friend_woman", "friend_man"}
    asked |= {slot for rule in grammar.rules.values() for slot in _slots(rule)}
    assert {name for name, _ in grammar.rules} <= asked


def test_no_production_stands_twice_in_a_rule(grammar: Grammar) -> None:
    for rule in grammar.rules.values():
        assert len(set(rule.productions)) == len(rule.productions), rule.name


def test_stories_hold_no_mark_of_the_notation(sloppy: list[str]) -> None:
    assert not [text for text in sloppy if re.search(r"[{}\[\]~#@]|//|  ", text)]


def test_quotes_are_balanced_in_every_paragraph(sloppy: list[str]) -> None:
    assert not [part for text in sloppy for part in text.split("\n\n") if part.count('"') % 2]


def test_articles_agree_with_the_next_letter(sloppy: list[str]) -> None:
    wrong = re.compile(r"\b[Aa] [aeiou]\w*|\b[Aa]n (?!hour)[^aeiou\W]\w*")
    assert not [found for text in sloppy for found in wrong.findall(text)]


def test_sentences_begin_with_a_capital_and_paragraphs_end_with_a_mark(sloppy: list[str]) -> None:
    paragraphs = [part for text in sloppy for part in text.split("\n\n")]
    assert not [part for part in paragraphs if not re.match(r'"?[A-Z]', part) or not re.search(r'[.?]"?$', part)]
    assert not [part for part in paragraphs if re.search(r'[.?] "?[a-z]', part)]


def test_stories_are_as_long_as_promised(sloppy: list[str]) -> None:
    assert all(150 <= len(words(text)) <= 350 for text in sloppy)


def test_pronouns_follow_the_cast(grammar: Grammar) -> None:
    """A story whose two people are both women never says "he", whatever rules it used."""
    women = set(_names(grammar, "heroine") + _names(grammar, "friend_woman"))
    men = set(_names(grammar, "hero_man") + _names(grammar, "friend_man"))
    stories = [tell(grammar, f"pronouns/{index}", 0.0) for index in range(300)]
    only_women = [text for text in stories if women & set(text.split()) and not men & set(re.findall(r"\w+", text))]
    assert len(only_women) > 30
    assert not [text for text in only_women if re.search(r"\b(he|him|his|himself)\b", text, re.IGNORECASE)]


def _names(grammar: Grammar, rule: str) -> list[str]:
    return [str(production.parts[0]) for production in grammar.rules[rule, None].productions]


def test_the_same_seed_tells_the_same_story(grammar: Grammar) -> None:
    assert tell(grammar, "a", SLOPPY) == tell(grammar, "a", SLOPPY)
    assert tell(grammar, "a", SLOPPY) != tell(grammar, "b", SLOPPY)


def test_the_plain_mode_rarely_and_the_zero_mode_never_writes_a_cliche(grammar: Grammar) -> None:
    cliches = [str(p.parts[0]) for rule in grammar.rules.values() for p in rule.cliches if len(p.parts) == 1]

    def found(rate: float) -> int:
        stories = "\n".join(tell(grammar, f"modes/{index}", rate) for index in range(300))
        return sum(stories.count(cliche) for cliche in cliches)

    never, rarely, often = found(0.0), found(PLAIN), found(SLOPPY)
    assert never < rarely < often / 5


@pytest.mark.parametrize(("text", "expected"), [("owl", "an"), ("brass compass", "a"), ("Elsie", "an")])
def test_article(text: str, expected: str) -> None:
    assert article(text) == expected


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("words before a rule\n", "is no rule"),
        ("[a]\nx\n[b c d]\ny\n", "is no rule"),
        ("[a]\n~ only a cliché\n", "no plain production"),
        ("[a]\nx\n[a]\ny\n", "opened twice"),
    ],
)
def test_what_is_no_grammar_is_refused(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "rules.txt").write_text(source, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        load_grammar(tmp_path)
