"""What a ban of word n-grams must get right, on the scripted backend. Each test names the fault that it guards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampler import BacktrackSampler, Decoding, ExhaustedError
from sampler.law import exact_law
from strategies import AntiSlop, Chain, NGramBan
from tests.models import bigram, path, random_bigram, ranked, text_of
from tests.writing import notes, rewinds, write

WHY = "ngram:voice barely whisper"
BAN = NGramBan(["voice barely whisper"])


def test_an_ngram_is_found_across_what_does_not_count_and_redrawn_from_its_first_word():
    g = write(path("Her", " voice", " was", " barely", " above", " a", " whisper", "."), BAN)
    assert rewinds(g) == [(8, 1, WHY)]
    assert g.text.startswith("Her~ was barely")


@pytest.mark.parametrize("between", ["\n\n", ", *", " 12 ", ". The ", "... "])
def test_punctuation_numbers_and_line_ends_are_passed_over(between):
    assert rewinds(write(path("voice", between, "Barely", between, "WHISPER", "."), BAN)) == [(6, 0, WHY)]


def test_another_content_word_comes_between():
    assert not write(path("voice", " so", " thin", " barely", " whisper", "."), BAN).events


@pytest.mark.parametrize("pieces", [(" voi", "ce"), (" a vo", "ice"), (" v", "o", "i", "ce")])
def test_words_may_be_split_over_tokens_anyhow(pieces):
    g = write(path("x", *pieces, " bare", "ly whis", "per", "!"), BAN)
    assert rewinds(g)[0] == (len(pieces) + 5, 1, WHY)


def test_the_last_word_waits_for_its_boundary():
    """Guards: "whisper" banned although the next token makes "whispering"."""
    assert not write(path("voice", " barely", " whisper", "ing", "."), BAN).events
    assert write(path("voice", " barely", " whisper", "."), BAN).events[0].at == 4
    assert not write(path("in", "voice", " barely", " whisper", "."), BAN).events


@pytest.mark.parametrize("ending", ["eos", "length", "stop"])
def test_an_ngram_at_the_very_end_is_found(ending):
    options = {"length": {"max_new_tokens": 3}, "stop": {"stop": ("END",)}}.get(ending, {})
    g = write(path("voice", " barely", " whisper", *(("END",) if ending == "stop" else ())), BAN, **options)
    assert (g.events[0].to, g.finish_reason) == (0, ending)
    assert "voice" not in g.text


def test_a_stop_string_that_begins_behind_the_last_word_makes_its_boundary():
    g = write(path("voice", " barely", " whisper", "ST", "OP"), BAN, stop=("STOP",))
    assert rewinds(g) == [(5, 0, WHY)]


def test_an_ngram_that_only_the_removed_stop_string_completes_is_no_hit():
    g = write(path("voice", " barely", " whisper", "s"), BAN, stop=(" whispers",))
    assert (g.text, g.events) == ("voice barely", ())


def test_what_the_prompt_begins_goes_back_to_its_first_word_behind_the_prompt():
    """Guards: innocent words at the beginning of the text taken back for what the prompt has said."""
    prompt = ("Her voice was", " bare")
    g = write(path("ly", " a", " whisper", ".", prompt=prompt), BAN, "".join(prompt))
    assert rewinds(g) == [(4, 0, WHY)]  # "barely" is both the prompt's and the text's
    prompt = ("Her voice barely",)
    g = write(path(" rose", " above", ".", prompt=prompt), NGramBan(["voice barely rose"]), prompt[0])
    assert rewinds(g) == [(2, 0, "ngram:voice barely rose")]
    g = write(path(" in", " a", " whisper", ".", prompt=prompt), BAN, prompt[0])
    assert rewinds(g) == [(4, 2, WHY)]


def test_an_ngram_that_ends_in_the_prompt_is_no_hit():
    assert not write(path(".", prompt=("voice barely whisper",)), BAN, "voice barely whisper").events


def test_earliest_start_first_then_longest():
    g = write(path("deep", " breath", " taken", "."), NGramBan(["breath taken", "deep breath taken", "taken"]))
    assert g.events[0].why == "ngram:deep breath taken"


def test_a_word_that_another_strategy_took_back_is_forgotten():
    """Guards: search state that survives a rewind: "voice" was retracted, so "barely whisper" is innocent."""
    backend = path("A", " voice", " low", " barely", " whisper", ".")
    g = write(backend, Chain(AntiSlop(["voice low"]), BAN))
    assert rewinds(g) == [(4, 1, "phrase:voice low")]
    assert g.text == "A~ low barely whisper."


def test_text_leaves_as_soon_as_no_ngram_is_open():
    backend = path("The", " cat", " sat", " voice", " of", " its", " own", " purr", ".")
    sampler = BacktrackSampler(backend, BAN, Decoding(temperature=0))
    assert list(sampler.stream("")) == [
        "The",
        " cat",
        " sat",
        " voice of its own purr.",
    ]
    assert sampler.generate([""])[0].text == "The cat sat voice of its own purr."


def test_a_first_letter_that_is_not_complete_yet_is_not_settled():
    first, second = "é".encode()[:1], "é".encode()[1:]
    g = write(path("un", b" ", first, second + b"t", first + second, " fini", "."), NGramBan(["été fini"]))
    assert rewinds(g) == [(7, 2, "ngram:été fini")]


def test_stop_words_can_be_given():
    backend = path("voice", " of", " whisper", ".")
    assert write(backend, NGramBan(["voice whisper"])).events
    assert not write(backend, NGramBan(["voice whisper"], stop_words=())).events
    assert write(backend, NGramBan(["voice whisper"], stop_words=["OF"])).events
    assert write(backend, NGramBan(["voice of whisper"], stop_words=())).events


# -- exhaustion ----------------------------------------------------------------------------------------------------

VOCAB = ["x", "voice", " low", "<eos>"]
CORNER = ranked({(): ["voice", "x"], ("voice",): [" low"], ("x",): ["<eos>"], None: ["<eos>"]}, VOCAB)
DEAD_END = ranked({(): ["x"], ("x",): [" low"], None: ["<eos>"]}, VOCAB)


def test_a_banned_first_word_leaves_the_next_best():
    assert write(CORNER, NGramBan(["voice low"])).text == "x"


def test_everything_banned_goes_further_back_or_does_as_it_is_told():
    """Only " low" can follow, and it is banned: with "x" as the possible beginning of another entry, "x" can go too."""
    entries = ["low", "x y"]
    assert write(DEAD_END, NGramBan(["low"])).finish_reason == "exhausted"
    g = write(DEAD_END, NGramBan(entries))
    assert (rewinds(g), g.finish_reason) == ([(3, 1, "ngram:low"), (1, 0, "exhausted")], "exhausted")
    g = write(DEAD_END, NGramBan(entries, on_exhausted="pass"))
    assert (g.text, notes(g)) == ("x low", ["lifted the bans at 1", "passed ngram:low"])
    assert write(DEAD_END, NGramBan(entries, on_exhausted="stop")).text == "x"
    with pytest.raises(ExhaustedError, match="position 1: every token is banned"):
        write(DEAD_END, NGramBan(entries, on_exhausted="error"))


# -- law -----------------------------------------------------------------------------------------------------------

PIECES = [" a", " b", " the", "<eos>"]


@pytest.mark.parametrize(("q", "c"), [(0.3, 0.5), (0.9, 0.5), (0.2, 0.9), (0.7, 1.0)])
def test_single_site_closed_form(q, c):
    """a with probability q, then a stop word, then b with c: a is kept with q(1 - c), as by a hard ban of text."""
    end, start = [0, 0, 0, 1], [q, 0, 0, 1 - q]
    backend = bigram(PIECES, [[0, 0, 1, 0], end, [0, c, 0, 1 - c], end, start], {3})
    law = exact_law(backend, NGramBan(["a b"], stop_words=["the"]), max_new_tokens=5)
    assert sum(p for tokens, p in law.probability.items() if tokens[0] == 0) == pytest.approx(q * (1 - c), abs=1e-12)


@given(
    seed=st.integers(0, 10**6),
    entries=st.lists(st.sampled_from(["a", "b", "a b", "b a", "a a", "b a b"]), min_size=1, max_size=3, unique=True),
)
def test_bans_end_and_hold_for_any_model_and_list(seed, entries):
    backend = random_bigram(PIECES, seed, {3})
    law = exact_law(backend, NGramBan(entries, stop_words=["the"]), max_new_tokens=3, tolerance=0)
    assert law.mass() == pytest.approx(1, abs=1e-12)
    for tokens in law.probability:
        words = text_of(backend, tokens).replace(" the", "") + " "
        assert not any(f" {entry} " in words for entry in entries)


# -- options -------------------------------------------------------------------------------------------------------


def test_an_entry_without_content_words_is_left_out_with_a_warning():
    with pytest.warns(UserWarning, match="phrases: 'of the' holds no word that counts, and bans nothing"):
        strategy = NGramBan(["of the", "voice low"])
    assert strategy.whys == ("ngram:voice low",)


def test_equal_ngrams_are_one():
    assert NGramBan(["a voice low", "Voice, low!", "voice low"]).whys == ("ngram:voice low",)


@pytest.mark.parametrize(
    ("phrases", "options", "error", "message"),
    [
        ([], {}, ValueError, "phrases: the list is empty; give at least one n-gram"),
        ("voice", {}, TypeError, "phrases: 'voice' is one string"),
        (["of the", "7"], {}, ValueError, "phrases: 'of the' holds no word that counts, nor does any entry; shorten"),
        (
            ["voice"],
            {"stop_words": "the"},
            TypeError,
            r"stop_words: 'the' is one string; use a list of words, \['the'\]",
        ),
        (["voice"], {"on_exhausted": "cry"}, ValueError, "on_exhausted: 'cry' is unknown; use one of 'rewind_further'"),
    ],
)
def test_wrong_options_name_field_value_and_way_out(phrases, options, error, message):
    with pytest.raises(error, match=message):
        NGramBan(phrases, **options)
