"""Guards: a word banned for the phrase it stands in, phrases over a full stop, entries that ban each other's text."""

from __future__ import annotations

from harness.profile.baseline import count_baseline
from harness.profile.corpus import Corpus, Text
from harness.profile.overuse import Rules
from harness.profile.profile import make_profile
from harness.profile.written import phrases, shortest
from tests.harness.profile.writing import HUMAN, MODEL

BASELINE = count_baseline("people", HUMAN)


def test_a_phrase_is_listed_as_written_and_its_words_are_not() -> None:
    profile = make_profile(Corpus("model", MODEL), BASELINE, Rules())
    assert "heart skipped a beat" in profile.phrases
    assert [phrase for phrase in profile.phrases if "testament" in phrase]
    assert not {"heart", "skipped", "beat", "testament"} & set(profile.entries)
    assert profile.words == ("Elara",)


def test_each_way_of_writing_needs_its_own_prompts() -> None:
    texts = [Text(f"p{n}", "A shiver ran down her spine") for n in range(3)] + [Text("q", "A shiver ran up his spine")]
    assert phrases(texts, {"shiver ran spine"}, 3, min_prompts=3) == ["shiver ran down her spine"]


def test_case_makes_no_second_phrase_and_the_usual_spelling_wins() -> None:
    texts = [Text("a", "Time seemed slow. Time seemed slow"), Text("b", "time seemed odd")]
    assert phrases(texts, {"time seemed"}, 2, min_prompts=2) == ["Time seemed"]


def test_what_no_list_can_hold_is_left_out() -> None:
    breaks = ("\t", "  ", "\u202e ", "\ud800 ", "\n", "\u2028", "\x85", ". ")
    texts = [Text(f"p{n}", f"heart{gap}pounded") for n in range(3) for gap in breaks]
    assert phrases(texts, {"heart pounded"}, 2, min_prompts=1) == []


def test_of_an_entry_and_a_longer_one_the_shorter_stays() -> None:
    assert shortest(["a testament to rain", "testament", "testaments", "Mist"]) == ["Mist", "testament", "testaments"]
