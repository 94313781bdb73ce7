"""The lists and the prompts fit the grammar and each other."""

from __future__ import annotations

from experiments.inkling.grammar import Grammar
from experiments.inkling.measure import slop_rates
from harness.inputs.phrases import load_phrases
from harness.scoring.phrase_counter import PhraseCounter
from harness.scoring.words import words

BANNED = load_phrases("inkling_banned").entries
HELDOUT = load_phrases("inkling_heldout").entries


def test_the_default_list_has_40_to_80_entries() -> None:
    assert 40 <= len(BANNED) <= 80
    assert len(HELDOUT) >= 20


def test_every_entry_can_be_said_by_the_grammar(sloppy: list[str]) -> None:
    """Guards a misspelt entry, which would be suppressed to zero by everybody."""
    counter = PhraseCounter(BANNED + HELDOUT)
    heard = {hit.entry for text in sloppy for hit in counter.hits(text)}
    assert heard == set(BANNED + HELDOUT)


def test_no_entry_of_one_list_is_found_in_an_entry_of_the_other() -> None:
    """Else banning one list would lower the count of the other by itself, and displacement could not be measured."""
    assert not [entry for entry in HELDOUT if any(PhraseCounter(BANNED).hits(entry))]
    assert not [entry for entry in BANNED if any(PhraseCounter(HELDOUT).hits(entry))]


def test_only_the_list_knows_what_a_cliche_is(plain: list[str], sloppy: list[str]) -> None:
    """Plain text says some entries innocently ("a mix of rye and barley"), and far fewer than sloppy text."""
    innocent, sloppy_rates = slop_rates(plain), slop_rates(sloppy)
    assert 0 < innocent["inkling_banned"] < 4
    assert innocent["inkling_heldout"] == 0
    assert sloppy_rates["inkling_banned"] > 8 * innocent["inkling_banned"]
    assert sloppy_rates["inkling_heldout"] > 4


def test_prompts_are_64_or_more_stable_short_openings(prompts: dict[str, str]) -> None:
    assert len(prompts) >= 64
    assert all(8 <= len(words(prompt)) <= 25 for prompt in prompts.values())
    assert all(prompt.endswith(".") for prompt in prompts.values())
    assert len(set(prompts.values())) == len(prompts)


def test_prompt_ids_name_a_world_and_a_number(prompts: dict[str, str], grammar: Grammar) -> None:
    worlds = [name.split("-")[0] for name in prompts]
    assert set(worlds) == set(grammar.worlds)
    assert list(prompts) == [f"{world}-{1 + index % 12:02d}" for index, world in enumerate(worlds)]


def test_no_prompt_holds_a_cliche(prompts: dict[str, str]) -> None:
    counter = PhraseCounter(BANNED + HELDOUT)
    assert not [prompt for prompt in prompts.values() if any(counter.hits(prompt))]


def test_every_world_can_open_plainly_in_ten_ways(grammar: Grammar) -> None:
    assert all(len(grammar.rules["opening", world].plain) >= 10 for world in grammar.worlds)
