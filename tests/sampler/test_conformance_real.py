"""CONFORMANCE groups 1-5 and 7 on real models: two libraries, two families of tokenizers, real token boundaries.

The scripted backend has all groups (tests/conformance). Here the draws are steered, everything else is real.
"""

from __future__ import annotations

import re

import pytest

from strategies import AntiSlop
from tests.sampler.families import EOS
from tests.sampler.steering import rewinds, steered

CAT = "phrase:cat"


@pytest.mark.parametrize("as_ids", [False, True], ids=["text", "ids"])
def test_group_1_a_phrase_begun_in_the_prompt_is_found_and_the_prompt_kept(kind, as_ids):
    text = "It is a testament"
    prompt = list(kind.backend.vocab.prompt(text).tokens) if as_ids else text
    g = steered(kind, AntiSlop(["a testament to"]), prompt, [[" to", " of"], " time"])
    assert rewinds(g) == [(2, 0, "phrase:a testament to")]
    assert (g.prompt, g.text) == (text, " of time")


@pytest.mark.parametrize(
    ("pieces", "begins"),
    [
        ([" del", "ve"], 0),
        ([" d", "el", "ve"], 0),
        ([" ", "D", "el", "ve"], 1),
        ([" ", "d", "e", "l", "v", "e"], 1),
        ([b" ", b"d", b"e", "l", "ve"], 1),
        ([" D", "EL", "VE"], 0),
        ([" d", "ELVE"[:2], "v", "E"], 0),
    ],
)
def test_groups_2_and_3_any_tokenisation_in_any_case_is_found_where_it_begins(kind, pieces, begins):
    plan = [" the", *pieces, "."]
    plan[1 + begins] = [plan[1 + begins], "te"]
    g = steered(kind, AntiSlop(["delve"]), "we", plan)
    assert rewinds(g) == [(len(plan), 1 + begins, "phrase:delve")]
    assert not re.search(r"\bdelve\b", g.text, re.IGNORECASE)


def test_group_2_a_phrase_may_begin_and_end_inside_a_token(kind):
    plan = [" the", ["edel", " cat"], "ve,", " time"]
    g = steered(kind, AntiSlop(["delve"], whole_words=False), "we", plan)
    assert rewinds(g) == [(3, 1, "phrase:delve")]
    assert g.text == " the catve, time"


def test_group_3_letters_whose_other_case_is_longer_shift_no_position(kind):
    before = ["İẞ".encode()[i : i + 1] for i in range(5)]
    g = steered(kind, AntiSlop(["cat"]), "a", [*before, [" cat", " dog"], "."])
    assert (rewinds(g), g.text) == ([(7, 5, CAT)], "İẞ dog.")
    assert g.events[0].char == 2


def test_group_4_a_character_split_over_tokens_begins_in_the_first_of_them(kind):
    fish = ["🐟".encode()[i : i + 1] for i in range(4)]
    plan = [" the", [fish[0], b"\xc3"], (fish[1], b"\xa9"), (fish[2], " dog"), (fish[3], "."), (" cat", "."), "."]
    g = steered(kind, AntiSlop(["🐟 cat"]), "a", plan)
    assert rewinds(g) == [(7, 1, "phrase:🐟 cat")]
    assert g.text == " theé dog..."
    assert g.events[0].text == "🐟 cat."


def test_group_4_no_byte_is_lost_and_no_position_shifted_by_invalid_ones(kind):
    line = ["─".encode()[i : i + 1] for i in range(3)]
    plan = [b"\xff", *line, "\ufffd".encode()[:1], [" cat", " dog"], ".", b"\xf0"]
    g = steered(kind, AntiSlop(["cat"]), "a", plan)
    assert (rewinds(g), g.text) == ([(7, 5, CAT)], "\ufffd─\ufffd dog.\ufffd")


def test_group_4_a_character_begun_in_the_prompt_is_completed_by_the_text(kind):
    fish = ["🐟".encode()[i : i + 1] for i in range(4)]
    prompt = [*kind.backend.vocab.prompt("a").tokens, *kind.ids(*fish[:2])]
    g = steered(kind, AntiSlop(["cat"]), prompt, [*fish[2:], [" cat", " dog"], "."])
    assert (rewinds(g), g.text) == ([(4, 2, CAT)], "🐟 dog.")


def test_group_5_a_word_inside_another_is_no_hit(kind):
    plan = [" edu", ["cat", "te"], "ion", "."]
    assert rewinds(steered(kind, AntiSlop(["cat"]), "an", plan)) == []
    assert rewinds(steered(kind, AntiSlop(["cat"], whole_words=False), "an", plan)) == [(2, 1, CAT)]


@pytest.mark.parametrize(
    ("after", "fires"),
    [(".", True), ("'", True), ("-", True), ("*", True), (" sat", True), ("ion", False), ("_", False)],
)
def test_group_5_the_right_boundary_is_decided_at_the_next_character(kind, after, fires):
    g = steered(kind, AntiSlop(["cat"]), "a", [[" cat", " dog"], after, " of"])
    assert rewinds(g) == ([(2, 0, CAT)] if fires else [])


@pytest.mark.parametrize("prompt", ["", "the"])
def test_group_7_at_position_0_with_and_without_a_prompt(kind, prompt):
    g = steered(kind, AntiSlop(["cat"]), prompt, [[" cat", " dog"], "."])
    dropped = kind.family == "sentencepiece" and not prompt  # its decoding drops the first space of all
    assert (rewinds(g), g.text) == ([(2, 0, CAT)], "dog." if dropped else " dog.")


@pytest.mark.parametrize(
    ("plan", "options", "at", "reason"),
    [
        ([" the", [" cat", " dog"], EOS], {}, 3, "eos"),
        ([" the", [" cat", " dog"]], {}, 2, "length"),
        ([" the", [" cat", " dog"], " ST", "OP"], {"stop": (" STOP",)}, 3, "stop"),
    ],
)
def test_group_7_as_the_last_words_of_a_text(kind, plan, options, at, reason):
    g = steered(kind, AntiSlop(["the cat"]), "of", [[" the", " a"], *plan[1:]], **options)
    assert g.text == " a cat"
    assert rewinds(g) == [(at, 0, "phrase:the cat")]
    assert g.finish_reason == reason


def test_group_7_a_phrase_that_a_stop_string_cuts_off_is_not_said(kind):
    for phrase in ("cat STOP", "STOP", "ST"):
        g = steered(kind, AntiSlop([phrase]), "a", [" cat", " ST", "OP"], stop=("STOP",))
        assert (rewinds(g), g.text, g.finish_reason) == ([], " cat ", "stop")
