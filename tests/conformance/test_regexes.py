"""Group 9: regexes. (docs/CONFORMANCE.md has the list.)"""

from __future__ import annotations

import pytest
import regex

from sampler import BacktrackSampler
from strategies import AntiSlop
from tests.models import path
from tests.writing import GREEDY, notes, rewinds, write


def ban(*patterns, **options):
    return AntiSlop(regexes=patterns, **options)


def test_9_a_match_is_found_in_any_tokenisation_and_its_first_token_redrawn():
    g = write(path("we", " d", "el", "ved", " in"), ban(r"\bdelve[ds]?\b"))
    assert rewinds(g) == [(5, 1, r"regex:\bdelve[ds]?\b")]
    assert g.text == "we~elved in"


def test_9_a_match_reaches_back_beyond_any_hold_back():
    """Guards: a search in the last n characters only."""
    words = [f" w{i}" for i in range(300)]
    pattern = r"not just[^.]*, but"
    g = write(path("It is", " not", " just", *words, ",", " but", "."), ban(pattern), max_new_tokens=400)
    assert rewinds(g) == [(306, 1, f"regex:{pattern}")]


def test_9_a_match_spans_lines_and_a_caret_knows_them():
    assert write(path("x", "\n", "Oh", "."), ban(r"(?m)^Oh")).events[0].to == 2
    assert not write(path("x", "\n", "Oh", "."), ban(r"^Oh")).events
    assert write(path("so", " a", "\n", "b", "."), ban(r"(?s)a.b")).events[0].to == 1
    assert not write(path("so", " a", "\n", "b", "."), ban(r"a.b")).events


def test_9_a_pattern_carries_its_own_flags():
    """Neither `ignore_case` nor `whole_words` touches it."""
    pieces = ("x", "CAT", "ion", ".")
    assert not write(path(*pieces), ban("cat")).events
    assert write(path(*pieces), ban("(?i)cat")).events[0].to == 1
    assert write(path(*pieces), ban("CAT", ignore_case=True, whole_words=True)).events[0].to == 1


@pytest.mark.parametrize("pattern", ["", "a*", "(cat)?", r"\b", "$", "^", "(?=a)", "x{0,3}"])
def test_9_patterns_that_match_the_empty_string_are_refused(pattern):
    with pytest.raises(ValueError, match=r"regexes: .* matches the empty string"):
        ban(pattern)


def test_9_what_is_no_pattern_is_refused():
    with pytest.raises(ValueError, match=r"regexes: '\(cat' is no regular expression: .*\) at position 4"):
        ban("(cat")
    with pytest.raises(TypeError, match=r"regexes: 'cat' is one string; use a list of strings, \['cat'\]"):
        AntiSlop(regexes="cat")


def test_9_a_match_that_touches_the_end_waits_for_the_next_character():
    r"""Guards: `\bcat\b` reports a full match on "the cat", which goes on as "the cation"."""
    pattern = r"\bcat\b"
    assert not write(path("the", " cat", "ion", "."), ban(pattern)).events
    assert rewinds(write(path("the", " cat", " sat"), ban(pattern))) == [(3, 1, f"regex:{pattern}")]


@pytest.mark.parametrize("ending", ["eos", "length", "stop"])
def test_9_a_match_that_touches_the_end_is_decided_by_the_end(ending):
    options = {"length": {"max_new_tokens": 2}, "stop": {"stop": ("END",)}}.get(ending, {})
    tail = ("END",) if ending == "stop" else ()
    g = write(path("the", " cat", *tail), ban(r"\bcat\b"), **options)
    assert (g.text, g.finish_reason) == ("the~", ending)


def test_9_a_stop_string_makes_the_boundary_of_a_match():
    g = write(path("a", " cat", "ST", "OP"), ban(r"\bcat\b"), stop=("STOP",))
    assert rewinds(g) == [(4, 1, r"regex:\bcat\b")]
    assert g.text == "a~"


def test_9_a_match_that_only_the_removed_stop_string_completes_is_no_hit():
    g = write(path("the", " end"), ban(r"the end"), stop=("end",))
    assert (g.text, g.events) == ("the ", ())


def test_9_a_greedy_match_takes_what_follows_before_it_is_judged():
    """The event says all of it; the ban goes to its first token either way."""
    g = write(path("x", " h", "m", "m", "m", "."), ban("hm+"))
    assert [event.text for event in g.events] == [" hmmm."]


def test_9_a_match_may_begin_in_the_prompt():
    backend = path(" to", " be", prompt=("a testament",))
    assert write(backend, ban("testament to"), "a testament").text == "~ be"
    assert write(backend, ban("testament to", scan_prompt=False), "a testament").text == " to be"
    assert not write(backend, ban("testament"), "a testament").events  # it ends in the prompt


def test_9_a_match_that_is_complete_in_the_prompt_uses_up_its_characters():
    """The documented limit: "a!" is in the prompt, so "a!b!" is not looked for; what begins behind it is."""
    backend = path("b", "!", prompt=("a!",))
    assert not write(backend, ban(r"a.{0,3}!"), "a!").events
    assert write(backend, ban(r"a.{0,3}!", "b!"), "a!").events


def test_9_a_lookbehind_sees_the_prompt_and_the_text():
    backend = path("cat", ".", prompt=("edu",))
    assert write(backend, ban(r"(?<=edu)cat"), "edu").events[0].to == 0
    assert write(path("a", " b", "cat"), ban(r"(?<=b)cat")).events[0].to == 2


def test_9_several_patterns_and_phrases_at_once():
    strategy = AntiSlop(["sat"], [r"black \w+", r"m[ae]t"])
    g = write(path("a", " black", " cat", " sat", " on", " mat", "."), strategy)
    assert [why for _, _, why in rewinds(g)] == [r"regex:black \w+", "phrase:sat", "regex:m[ae]t"]
    assert g.text == "a~ cat~ on~."


def test_9_two_patterns_that_want_each_others_redraw_both_stay_banned():
    g = write(path("x", " one", "."), ban(" one", "~"))
    assert (g.events[0].why, g.events[1].why) == ("regex: one", "regex:~")
    assert not regex.search(" one|~", g.text)


def test_9_earliest_start_wins_between_phrases_and_patterns():
    g = write(path("in", " the end of time", "."), AntiSlop(["end of time"], ["the end"]))
    assert g.events[0].why == "regex:the end"


def test_9_streaming_holds_back_exactly_while_a_match_is_open():
    backend = path("A", " fine", " day", ".", " not", " so", " bad", ".")
    sampler = BacktrackSampler(backend, ban(r"not \w+ but", r"\d{4}"), GREEDY)
    assert list(sampler.stream("")) == ["A", " fine", " day", ".", " not so bad", "."]


CATASTROPHIC = r"(a|aa)+$"  # on "aaa…ab" it tries every way to split the a's: 10^8 of them for 40


def test_9_a_catastrophic_pattern_runs_into_its_limit_and_says_so():
    """Guards: a sampler that hangs; or one that gives up and calls the text clean."""
    g = write(path(*["aaaaaaaaaa"] * 4, "b", "."), ban(CATASTROPHIC, regex_timeout=0.01))
    assert (g.text, g.finish_reason) == ("a" * 40 + "b.", "eos")
    assert f"timed out regex:{CATASTROPHIC}" in notes(g)


def test_9_one_catastrophic_pattern_stops_no_other():
    g = write(path(*["aaaaaaaaaa"] * 4, "b", " cat", "."), ban(CATASTROPHIC, "cat", regex_timeout=0.01))
    assert "cat" not in g.text
    assert f"timed out regex:{CATASTROPHIC}" in [*notes(g), *(event.note for event in g.events)]


@pytest.mark.parametrize("seconds", [0, -1])
def test_9_no_time_at_all_is_refused(seconds):
    with pytest.raises(ValueError, match=f"regex_timeout: {seconds} is no time; give seconds above 0"):
        ban("cat", regex_timeout=seconds)
