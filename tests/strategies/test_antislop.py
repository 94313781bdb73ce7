"""What a phrase ban must get right, on the scripted backend. Each test names the fault that it guards.

Numbers in brackets are the groups of faults found in published implementations (docs/CONFORMANCE.md).
"""

from __future__ import annotations

import math
import warnings

import pytest

from sampler import BacktrackSampler, Decoding
from sampler.backends import ScriptedBackend
from strategies import AntiSlop, Plain

GREEDY = Decoding(temperature=0)
EOS = "<eos>"


def path(*pieces, other="~", prompt=()):
    """A model that wants to write `pieces` in turn after `prompt`, and `other` wherever it was pushed off that path.

    Behind `other` it goes on with the piece that belongs at that position.
    """
    vocab = list(dict.fromkeys([*pieces, other, *prompt, EOS]))
    wanted = [vocab.index(piece) for piece in (*pieces, EOS)]

    def next_logits(prefix):
        position = len(prefix) - len(prompt)
        want = wanted[min(position, len(wanted) - 1)]
        return [2.0 if token == want else 1.0 if vocab[token] == other else -1.0 - token for token in range(len(vocab))]

    return ScriptedBackend(vocab, next_logits, eos={vocab.index(EOS)})


def write(backend, strategy, prompt="", **options):
    return BacktrackSampler(backend, strategy, GREEDY, **({"max_new_tokens": 20} | options)).generate([prompt])[0]


def rewinds(generation):
    return [(event.at, event.to, event.why) for event in generation.events]


# -- matching ------------------------------------------------------------------------------------------------------


def test_1_a_phrase_that_begins_in_the_prompt_rewinds_to_its_end():
    backend = path(" to", " be", prompt=("a testament",))
    g = write(backend, AntiSlop(["a testament to"]), "a testament")
    assert (g.text, rewinds(g)) == ("~ be", [(2, 0, "phrase:a testament to")])
    kept = write(backend, AntiSlop(["a testament to"], scan_prompt=False), "a testament")
    assert kept.text == " to be"


def test_1_a_phrase_that_ends_in_the_prompt_is_no_hit():
    backend = path(" to", " be", prompt=("a testament",))
    assert write(backend, AntiSlop(["testament", "a testament"]), "a testament").text == " to be"


@pytest.mark.parametrize("pieces", [(" delve",), (" del", "ve"), (" d", "elv", "e"), (" D", "el", "ve")])
def test_2_any_tokenisation_is_found_and_the_token_of_its_first_character_redrawn(pieces):
    g = write(path("we", *pieces, "."), AntiSlop(["delve"]))
    assert g.text.startswith("we~")
    assert rewinds(g) == [(len(pieces) + 2, 1, "phrase:delve")]


def test_2_a_phrase_may_begin_and_end_inside_tokens():
    g = write(path("so a te", "sta", "ment to x"), AntiSlop(["a testament to"]))
    assert g.events[0].to == 0


@pytest.mark.parametrize("pieces", [(" A TEST", "AMENT", " TO"), (" A Testament To",), (" a", " tEsTaMeNt", " to")])
def test_3_case_variants_are_found(pieces):
    assert write(path("x", *pieces, "."), AntiSlop(["a testament to"])).events[0].to == 1
    assert not write(path("x", *pieces, "."), AntiSlop(["a testament to"], ignore_case=False)).events


def test_3_longer_lower_case_shifts_no_position():
    g = write(path("İİİ", " cat", "."), AntiSlop(["cat"]))
    assert rewinds(g) == [(3, 1, "phrase:cat")]


def test_4_split_characters_keep_bytes_and_positions():
    fish = "🐟".encode()
    pieces = ["─".encode()[:1], "─".encode()[1:], b" cat", b".", fish[:3], fish[3:]]
    vocab = [*pieces, b"~", b"<eos>"]

    def next_logits(prefix):
        want = min(len(prefix), 7) if len(prefix) < 6 else 7
        return [2.0 if token == want else 1.0 if token == 6 else 0.0 for token in range(8)]

    g = write(ScriptedBackend(vocab, next_logits, eos={7}), AntiSlop(["cat"]))
    assert g.text.startswith("─~.🐟")
    assert rewinds(g) == [(4, 2, "phrase:cat")]


def test_4_a_phrase_that_begins_with_a_split_character_is_redrawn_from_its_first_byte():
    star = "★".encode()
    vocab = [star[:1], star[1:], b" shine", b"~", b"<eos>"]

    def next_logits(prefix):
        return [2.0 if t == min(len(prefix), 4) else 1.0 if t == 3 else 0.0 for t in range(5)]

    g = write(ScriptedBackend(vocab, next_logits, eos={4}), AntiSlop(["★ shine"]), max_new_tokens=5)
    assert g.events[0].to == 0


def test_5_whole_words_wait_for_the_next_character():
    """Guards: "cat" fires at the end of the buffer although the next token makes "cation"."""
    assert not write(path("a", " cat", "ion"), AntiSlop(["cat"])).events
    assert not write(path("edu", "cat", "ion"), AntiSlop(["cat"])).events
    assert write(path("edu", "cat", "ion"), AntiSlop(["cat"], whole_words=False)).events[0].to == 1
    assert write(path("a", " cat", "!"), AntiSlop(["cat"])).events[0].at == 3


def test_6_the_banned_token_is_where_that_phrase_begins_not_the_oldest_partial():
    """Guards: exllamav2 rewinds to the start of the whole hold and bans " a"."""
    g = write(path("was", " a", " quiet", " night", "."), AntiSlop(["a quiet storm", "quiet night"]))
    assert rewinds(g) == [(5, 2, "phrase:quiet night")]
    assert g.text.startswith("was a~ night")


def test_6_earliest_start_wins_then_longest():
    g = write(path("in", " the end of time."), AntiSlop(["end of", "the end of", "the end of time"], whole_words=False))
    assert g.events[0].why == "phrase:the end of time"


@pytest.mark.parametrize("ending", ["eos", "length", "stop"])
def test_7_a_phrase_at_the_very_end_is_found(ending):
    """Guards: EOS, max_new_tokens or a stop string checked before the ban."""
    options = {"length": {"max_new_tokens": 2}, "stop": {"stop": ("END",)}}.get(ending, {})
    tail = ("END",) if ending == "stop" else ()
    g = write(path("the", " cat", *tail), AntiSlop(["cat"]), **options)
    assert " cat" not in g.text
    assert g.events[0].why == "phrase:cat"
    assert g.finish_reason == ending


def test_7_at_position_0_with_an_empty_prompt():
    g = write(path("cat", "."), AntiSlop(["cat"]))
    assert (g.text[:2], g.events[0].to) == ("~.", 0)


def test_7_a_stop_string_that_begins_inside_a_pending_phrase_makes_its_boundary():
    """ "cat" is cancelled by the word character S, until the stop string STOP cuts the text right behind it."""
    g = write(path("a", " cat", "ST", "OP"), AntiSlop(["cat"]), stop=("STOP",))
    assert rewinds(g) == [(4, 1, "phrase:cat")]
    assert " cat" not in g.text


def test_7_a_phrase_that_only_the_removed_stop_string_completes_is_no_hit():
    g = write(path("the", " end"), AntiSlop(["the end"]), stop=("end",))
    assert (g.text, g.finish_reason, g.events) == ("the ", "stop", ())


def test_8_white_space_round_an_entry_is_trimmed_with_a_warning():
    with pytest.warns(UserWarning, match="white space round ' cat '"):
        strategy = AntiSlop([" cat "])
    assert write(path("a", " cat", "."), strategy).events
    assert not write(path("a", "\n", "b"), AntiSlop(["a b"])).events
    assert not write(path("a", "  ", "b"), AntiSlop(["a b"])).events


# -- rewinding and banning -----------------------------------------------------------------------------------------


def test_10_a_ban_belongs_to_the_exact_prefix():
    """Guards: a ban recorded at a position still holds after an earlier rewind has changed the prefix.

    " q" is banned after "A b"; then "b ~" is banned, the text begins "A~", and " q" is innocent there.
    """
    backend = path("A", " b", " q", ".", other="~")
    g = write(backend, AntiSlop(["b q", "b~"], whole_words=False))
    assert [event.why for event in g.events] == ["phrase:b q", "phrase:b~"] or " q" in g.text
    assert g.text.startswith("A~ q")


def test_11_two_phrases_from_one_position_both_stay_banned():
    """Guards: A → B → A cycles."""
    vocab = ["x", " one", " two", " three", EOS]
    backend = ScriptedBackend(vocab, lambda p: [[9, 0, 0, 0, 0], [0, 3, 2, 1, 0], [0, 0, 0, 0, 9]][min(len(p), 2)], {4})
    g = write(backend, AntiSlop(["one", "two"]))
    assert (g.text, [e.why for e in g.events]) == ("x three", ["phrase:one", "phrase:two"])


def test_11_one_string_through_two_ids_has_both_banned():
    vocab = ["x", " cat", " c", "at", " dog", ".", EOS]

    def next_logits(prefix):
        if not prefix:
            return [9, 0, 0, 0, 0, 0, 0]
        return {0: [0, 5, 4, 0, 3, 0, 0], 2: [0, 0, 0, 9, 0, 0, 0], 5: [0] * 6 + [9]}.get(prefix[-1], [0] * 5 + [9, 0])

    g = write(ScriptedBackend(vocab, next_logits, {6}), AntiSlop(["cat"]))
    assert (g.text, len(g.events)) == ("x dog.", 2)


def test_13_exhaustion_goes_further_back():
    vocab = ["x", "y", " cat", EOS]

    def next_logits(prefix):  # behind "x" only " cat" is possible
        if not prefix:
            return [5, 4, -99, -99]
        return {0: [-math.inf, -math.inf, 1, -math.inf]}.get(prefix[-1], [-9, -9, -9, 9])

    backend = ScriptedBackend(vocab, next_logits, {3})
    open_x = ["cat", "x dog"]  # "x" may still begin a phrase: it is not settled, and can be taken back
    g = write(backend, AntiSlop(open_x))
    assert (g.text, [(e.to, e.why) for e in g.events]) == ("y", [(1, "phrase:cat"), (0, "exhausted")])
    settled = write(backend, AntiSlop(["cat"]))
    assert (settled.text, settled.finish_reason) == ("x", "exhausted")
    passed = write(backend, AntiSlop(open_x, on_exhausted="pass"))
    assert (passed.text, passed.finish_reason) == ("x cat", "eos")
    assert [note.note for note in passed.notes] == ["lifted the bans at 1", "passed phrase:cat"]
    assert write(backend, AntiSlop(open_x, on_exhausted="stop")).finish_reason == "exhausted"


def test_14_a_ban_holds_for_its_prefix_only():
    g = write(path("a", " te", "sta", "ment", ".", " te", "am"), AntiSlop(["testament"]))
    assert " te" in g.text


def test_15_a_soft_ban_is_applied_once_and_a_phrase_drawn_again_stays():
    backend = path("a", " cat", ".")
    g = write(backend, AntiSlop({"cat": 0.9}, ban="soft"))
    assert g.text == "a cat."  # greedy: the penalty of ln 0.9 does not change the argmax
    assert [event.why for event in g.events] == ["phrase:cat"]
    assert [note.note for note in g.notes] == ["passed phrase:cat"]


@pytest.mark.parametrize("strategy", [AntiSlop({"cat": 1.0}, ban="soft"), AntiSlop(["cat"], ban="soft", strength=0.0)])
def test_15_a_factor_of_1_is_no_ban(strategy):
    backend = path("a", " cat", ".")
    assert write(backend, strategy).tokens == write(backend, Plain()).tokens
    assert not write(backend, strategy).events


def test_17_greedy_takes_the_next_best_token():
    assert write(path("a", " cat", "."), AntiSlop(["cat"])).text.startswith("a~.")


def test_sentence_goes_back_to_the_first_token_of_the_sentence():
    pieces = ("It", " was", ".", " A", " black", " cat", " sat")
    g = write(path(*pieces), AntiSlop(["cat"], rewind_to="sentence"))
    assert (g.events[0].at, g.events[0].to) == (7, 3)


def test_bans_go_to_the_phrases_first_token_wherever_the_rewind_goes():
    pieces = ("It", " was", ".", " A", " black", " cat", ".")
    for rewind_to in ("phrase", "sentence", "start"):
        g = write(path(*pieces), AntiSlop(["black cat"], rewind_to=rewind_to))
        assert g.text.startswith("It was. A~ cat.")
    g = write(path(*pieces), AntiSlop(["black cat"], rewind_to="token"))
    assert g.text.startswith("It was. A black~.")


# -- finishing and streaming ---------------------------------------------------------------------------------------


def test_19_eos_behind_an_open_partial_keeps_the_held_text():
    """Guards: exllamav2 and YALS lose what they hold when the text ends."""
    backend = path("The", " end")
    sampler = BacktrackSampler(backend, AntiSlop(["the end of time"]), GREEDY)
    assert sampler.generate([""])[0].text == "The end"
    assert "".join(sampler.stream("")) == "The end"


def test_20_text_leaves_as_soon_as_nothing_open_reaches_back():
    backend = path("A", " fine", " day", ".", " A", " test", ".")
    sampler = BacktrackSampler(backend, AntiSlop(["a testament to", "an extremely long phrase nobody says"]), GREEDY)
    assert list(sampler.stream("")) == ["A fine", " day", ".", " A test."]


# -- lists and options ---------------------------------------------------------------------------------------------


def test_28_duplicates_and_entries_inside_one_another_are_fine():
    strategy = AntiSlop(["cat", "Cat", "cat", "black cat", "a black cat sat"])
    assert write(path("a", " black", " cat", " sat", "."), strategy).events


def test_counts_are_ignored_with_a_notice_and_factors_are_not():
    with pytest.warns(UserWarning, match="are counts, not factors"):
        strategy = AntiSlop([["cat", 4711], ["dog", 1]], ban="soft")
    assert len(set(strategy.log_factors)) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert AntiSlop([("cat", 0.5)], ban="soft", strength=0.5).log_factors == pytest.approx((-0.34657359,))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ([], {}, "phrases: the list is empty"),
        (["ok", "  "], {}, "phrases: '  ' holds only white space"),
        ("cat", {}, "phrases: 'cat' is one string"),
        ([3], {}, "phrases: 3 is neither a string nor"),
        ([("cat", -0.5)], {}, "phrases: 'cat' has the number -0.5"),
        (["cat"], {"ban": "gentle"}, "ban: 'gentle' is unknown; use one of 'hard', 'soft', 'tilt', 'none'"),
        (["cat"], {"rewind_to": "page"}, "rewind_to: 'page' is unknown"),
        (["cat"], {"on_exhausted": "cry"}, "on_exhausted: 'cry' is unknown"),
        (["cat"], {"ban": "soft", "strength": 2}, r"strength: 2 is outside \[0, 1\]"),
    ],
)
def test_wrong_options_name_field_value_and_way_out(arguments, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        AntiSlop(arguments, **options)
