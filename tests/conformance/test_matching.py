"""Groups 1–8: what counts as a phrase, and where it stands. (docs/CONFORMANCE.md has the list.)"""

from __future__ import annotations

import pytest

from sampler.backends import ScriptedBackend
from strategies import AntiSlop, Replace
from tests.models import path, ranked
from tests.writing import rewinds, write

# -- 1: the prompt -------------------------------------------------------------------------------------------------


def test_1_a_phrase_that_begins_in_the_prompt_rewinds_to_its_end():
    backend = path(" to", " be", prompt=("a testament",))
    g = write(backend, AntiSlop(["a testament to"]), "a testament")
    assert (g.text, rewinds(g)) == ("~ be", [(2, 0, "phrase:a testament to")])
    kept = write(backend, AntiSlop(["a testament to"], scan_prompt=False), "a testament")
    assert kept.text == " to be"


@pytest.mark.parametrize("rewind_to", ["phrase", "token", "sentence", "start"])
def test_1_no_rewind_goes_below_the_prompt(rewind_to):
    """Guards: an offset that is negative, because it lies in the prompt, taken for one from the end."""
    backend = path(" to", " be", prompt=("Yes. A", " testament"))
    g = write(backend, AntiSlop(["a testament to"], rewind_to=rewind_to), "Yes. A testament")
    assert (g.text, g.events[0].to) == ("~ be", 0)


def test_1_a_prompt_of_token_ids_is_scanned_too():
    backend = path(" to", " be", prompt=("a testament",))
    ids = backend.vocab.encode("a testament")
    assert write(backend, AntiSlop(["a testament to"]), ids).text == "~ be"


def test_1_a_phrase_that_ends_in_the_prompt_is_no_hit():
    backend = path(" to", " be", prompt=("a testament",))
    assert write(backend, AntiSlop(["testament", "a testament"]), "a testament").text == " to be"


def test_1_the_prompts_last_character_decides_the_left_boundary():
    """Guards: "edu" | "cat" read as the word "cat", because the output begins there."""
    assert write(path("cat", ".", prompt=("edu",)), AntiSlop(["cat"]), "edu").text == "cat."
    assert write(path("cat", ".", prompt=("edu ",)), AntiSlop(["cat"]), "edu ").text == "~."


# -- 2: tokenisations ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pieces", [(" delve",), (" del", "ve"), (" d", "elv", "e"), (" D", "el", "ve")])
def test_2_any_tokenisation_is_found_and_the_token_of_its_first_character_redrawn(pieces):
    g = write(path("we", *pieces, "."), AntiSlop(["delve"]))
    assert g.text.startswith("we~")
    assert rewinds(g) == [(len(pieces) + 2, 1, "phrase:delve")]


def test_2_a_phrase_may_begin_and_end_inside_tokens():
    g = write(path("Oh", "so a te", "sta", "ment to x"), AntiSlop(["a testament to"]))
    assert rewinds(g) == [(4, 1, "phrase:a testament to")]
    assert g.events[0].text == "so a testament to x"


# -- 3: case -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pieces", [(" A TEST", "AMENT", " TO"), (" A Testament To",), (" a", " tEsTaMeNt", " to")])
def test_3_case_variants_are_found(pieces):
    assert write(path("x", *pieces, "."), AntiSlop(["a testament to"])).events[0].to == 1
    assert not write(path("x", *pieces, "."), AntiSlop(["a testament to"], ignore_case=False)).events


@pytest.mark.parametrize("odd", ["İİİ", "ẞẞẞ", "ŉŉ", "ΐ"])
def test_3_a_lower_case_of_another_length_shifts_no_position(odd):
    """Guards: an index into the lower-cased text used on the original."""
    g = write(path(odd, " cat", "."), AntiSlop(["cat"]))
    assert (rewinds(g), g.events[0].text, g.events[0].char) == ([(3, 1, "phrase:cat")], " cat.", len(odd))


@pytest.mark.parametrize(("phrase", "said"), [("straße", "STRAẞE"), ("istanbul", "İSTANBUL"), ("οδος", "ΟΔΟΣ")])
def test_3_every_case_of_a_character_is_one_character(phrase, said):
    assert write(path("a ", said, "."), AntiSlop([phrase])).events[0].to == 1


# -- 4: bytes ------------------------------------------------------------------------------------------------------


def by_turns(*pieces, other=b"~"):
    """Like `path`, on bytes: characters may be split over tokens."""
    vocab = [*pieces, other, b"<eos>"]
    last = len(vocab) - 1

    def next_logits(prefix):
        want = len(prefix) if len(prefix) < len(pieces) else last
        return [2.0 if token == want else 1.0 if token == last - 1 else 0.0 for token in range(len(vocab))]

    return ScriptedBackend(vocab, next_logits, eos={last})


def test_4_split_characters_keep_bytes_and_positions():
    bar, fish = "─".encode(), "🐟".encode()
    g = write(by_turns(bar[:1], bar[1:], b" cat", b".", fish[:3], fish[3:]), AntiSlop(["cat"]))
    assert (g.text, rewinds(g)) == ("─~.🐟", [(4, 2, "phrase:cat")])


def test_4_a_phrase_that_begins_with_a_split_character_is_redrawn_from_its_first_byte():
    star = "★".encode()
    g = write(by_turns(b"a", star[:1], star[1:], b" shine"), AntiSlop(["★ shine"]))
    assert rewinds(g) == [(5, 1, "phrase:★ shine")]


@pytest.mark.parametrize("said", ["é", "漢字", "🐟", "─", "\ufffd"])
def test_4_a_phrase_of_characters_in_single_bytes_is_found(said):
    pieces = [bytes([byte]) for byte in said.encode()]
    g = write(by_turns(b"a ", *pieces, b"."), AntiSlop([said]), max_new_tokens=len(pieces) + 2)
    assert (g.events[0].to, g.events[0].text[: len(said)]) == (1, said)
    assert said not in g.text


def test_4_invalid_bytes_lose_nothing_and_shift_nothing():
    """Guards: a decoder that waits for ever behind a byte that begins no character, or drops it."""
    pieces = (b"\xff", b"a\xc3", b" cat", b"!", b"\xe2\x94", b" end", b"\xf0\x9f")
    g = write(by_turns(*pieces), AntiSlop(["cat"]))
    assert rewinds(g) == [(4, 2, "phrase:cat")]
    kept = b"".join(piece for piece in pieces if piece != b" cat").replace(b"!", b"~!")
    assert g.text == kept.decode(errors="replace")


def test_4_a_replacement_behind_a_broken_character_says_it_once():
    """The bytes in front of " cat" are no character, which " cat" shows: they stand before it, not in it."""
    vocab = [b"a", b"\xf0\x9f", b" cat", b".", b" dog", b"dog", "\ufffd", b"<eos>"]
    wants = [0, 1, 2, 3]
    backend = ScriptedBackend(
        vocab, lambda p: [float(t == (wants[len(p)] if len(p) < 4 else 7)) for t in range(8)], eos={7}
    )
    assert write(backend, Replace("cat", "dog")).text == "a\ufffd dog."


# -- 5: words ------------------------------------------------------------------------------------------------------


def test_5_whole_words_wait_for_the_next_character():
    """Guards: "cat" fires at the end of the buffer although the next token makes "cation"."""
    assert not write(path("a", " cat", "ion"), AntiSlop(["cat"])).events
    assert not write(path("edu", "cat", "ion"), AntiSlop(["cat"])).events
    assert write(path("edu", "cat", "ion"), AntiSlop(["cat"], whole_words=False)).events[0].to == 1
    assert write(path("a", " cat", "!"), AntiSlop(["cat"])).events[0].at == 3


def test_5_the_end_of_the_text_is_a_boundary():
    g = write(path("a", " cat"), AntiSlop(["cat"]))
    assert rewinds(g) == [(3, 1, "phrase:cat")]  # at = 3: EOS had been drawn, and decided it


@pytest.mark.parametrize(
    ("before", "behind", "is_word"),
    [
        ("_", ".", False),
        (" ", "_", False),
        (" ", "9", False),
        ("9", ".", False),
        (" ", "'s", True),
        (" ", "’s", True),
        ("'", "'", True),
        (" ", "-like", True),
        ("tom-", ".", True),
        ("*", "*", True),
        ("**", "**", True),
        ("\n", "\n", True),
        ("“", "”", True),
        (" ", "é", False),
        ("é", " ", False),
    ],
)
def test_5_what_is_a_boundary(before, behind, is_word):
    g = write(path("x", before, "cat", behind), AntiSlop(["cat"]))
    assert bool(g.events) == is_word


def test_5_a_boundary_is_asked_only_where_the_entrys_own_edge_is_a_word_character():
    assert write(path("so", "—not", "now"), AntiSlop(["—not"])).text == "so—notnow"
    assert write(path("so", "—not—", "now"), AntiSlop(["—not—"])).events[0].to == 1


@pytest.mark.parametrize(("entry", "said"), [("don't", " don’t"), ("don’t", " don't"), ("donʼt", " don‘t")])
def test_5_apostrophes_are_one_character(entry, said):
    assert write(path("I", said, " know"), AntiSlop([entry])).events[0].to == 1


# -- 6: overlaps ---------------------------------------------------------------------------------------------------


def test_6_the_banned_token_is_where_that_phrase_begins_not_the_oldest_partial():
    """Guards: exllamav2 rewinds to the start of the whole hold and bans " a"."""
    g = write(path("was", " a", " quiet", " night", "."), AntiSlop(["a quiet storm", "quiet night"]))
    assert rewinds(g) == [(5, 2, "phrase:quiet night")]
    assert g.text.startswith("was a~ night")


def test_6_earliest_start_wins_then_longest():
    g = write(path("in", " the end of time."), AntiSlop(["end of", "the end of", "the end of time"], whole_words=False))
    assert g.events[0].why == "phrase:the end of time"
    across = write(path("in", " the end of time."), AntiSlop(["end of time", "the end"]))
    assert across.events[0].why == "phrase:the end"


@pytest.mark.parametrize(
    ("phrases", "first"),
    [
        (["black cat", "black cat sat"], (4, 1, "phrase:black cat")),  # a prefix is complete first
        (["cat sat", "black cat sat"], (5, 1, "phrase:black cat sat")),  # a suffix: both end here
        (["cat", "black cat sat"], (4, 2, "phrase:cat")),  # an infix is complete before what holds it
    ],
)
def test_6_one_phrase_inside_another(phrases, first):
    g = write(path("a", " black", " cat", " sat", "."), AntiSlop(phrases))
    assert rewinds(g)[0] == first
    assert not any(phrase in g.text for phrase in phrases)


@pytest.mark.parametrize("phrases", [["a b c d", "b c"], ["b c", "a b c d"]])
def test_6_a_partial_match_of_one_entry_never_hides_another(phrases):
    g = write(path("x", " a", " b", " c", " e", "."), AntiSlop(phrases))
    assert rewinds(g) == [(5, 2, "phrase:b c")]


def test_6_a_partial_match_may_begin_inside_a_failed_one():
    """Guards: a matcher that starts again from nothing when a partial match fails ("aab" in "aaab")."""
    assert write(path("a", "a", "a", "b", "."), AntiSlop(["aab"], whole_words=False)).events[0].to == 1


# -- 7: ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["eos", "length", "stop"])
def test_7_a_phrase_at_the_very_end_is_found(ending):
    """Guards: EOS, max_new_tokens or a stop string checked before the ban."""
    options = {"length": {"max_new_tokens": 2}, "stop": {"stop": ("END",)}}.get(ending, {})
    tail = ("END",) if ending == "stop" else ()
    g = write(path("the", " cat", *tail), AntiSlop(["cat"]), **options)
    assert g.text == "the~"
    assert g.events[0].why == "phrase:cat"
    assert g.finish_reason == ending


def test_7_at_position_0_with_an_empty_prompt():
    g = write(path("cat", "."), AntiSlop(["cat"]))
    assert (g.text, rewinds(g)) == ("~.", [(2, 0, "phrase:cat")])


def test_7_the_only_word_of_a_text():
    g = write(path("cat"), AntiSlop(["cat"]), max_new_tokens=1)
    assert (g.text, g.finish_reason) == ("~", "length")


def test_7_a_stop_string_that_begins_inside_a_pending_phrase_makes_its_boundary():
    """ "cat" is cancelled by the word character S, until the stop string STOP cuts the text right behind it."""
    g = write(path("a", " cat", "ST", "OP"), AntiSlop(["cat"]), stop=("STOP",))
    assert rewinds(g) == [(4, 1, "phrase:cat")]
    assert " cat" not in g.text


def test_7_a_phrase_that_the_stop_string_completes_was_never_said():
    """The text ends where the stop string begins."""
    g = write(path("the", " end"), AntiSlop(["the end"]), stop=("end",))
    assert (g.text, g.finish_reason, g.events) == ("the ", "stop", ())


def test_7_a_phrase_that_contains_the_stop_string_was_never_said():
    g = write(path("the", " end", " of time"), AntiSlop(["the end of time"]), stop=(" end",))
    assert (g.text, g.finish_reason, g.events) == ("the", "stop", ())


def test_7_a_phrase_completed_by_the_token_that_completes_the_stop_string():
    g = write(path("the", " cat\n\n"), AntiSlop(["cat"]), stop=("\n\n",))
    assert rewinds(g) == [(2, 1, "phrase:cat")]


# -- 8: white space ------------------------------------------------------------------------------------------------


def test_8_white_space_round_an_entry_is_trimmed_with_a_warning():
    with pytest.warns(UserWarning, match="white space round ' cat '"):
        strategy = AntiSlop([" cat "])
    assert write(path("a", " cat", "."), strategy).events


@pytest.mark.parametrize(
    ("space", "is_hit"), [(" ", True), ("\n", False), ("  ", False), ("\t", False), ("\u00a0", False)]
)
def test_8_an_inner_space_is_exactly_one_space(space, is_hit):
    assert bool(write(path("x ", "a", space, "b", "."), AntiSlop(["a b"])).events) == is_hit


def test_8_an_entry_may_hold_a_newline_or_a_run_of_spaces_and_means_it():
    assert write(path("x ", "a", "\n", "b", "."), AntiSlop(["a\nb"])).events
    assert write(path("x ", "a", "  ", "b", "."), AntiSlop(["a  b"])).events
    model = ranked({(): ["a"], ("a",): [" "], ("a", " "): ["b"], None: ["<eos>"]}, ["a", " ", "b", "<eos>"])
    assert write(model, AntiSlop(["a  b"])).text == "a b"
