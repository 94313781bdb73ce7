"""Groups 19–22: how a text ends, and what may leave before it does. (docs/CONFORMANCE.md has the list.)"""

from __future__ import annotations

import math

import pytest

from sampler import Accept, BacktrackSampler, Decoding, Stop, Strategy
from sampler.backends import ScriptedBackend
from strategies import AntiSlop, Plain
from tests.models import EOS, path, random_bigram, ranked
from tests.writing import GREEDY, notes, rewinds, write

# -- 19: EOS -------------------------------------------------------------------------------------------------------


def test_19_a_retracted_eos_does_not_end_the_text():
    """Guards: backtrack_sampler tests the drawn token for EOS after its strategy has taken it back."""
    g = write(path("the", " cat"), AntiSlop(["cat"]), max_new_tokens=5)
    assert rewinds(g) == [(3, 1, "phrase:cat")]  # EOS was the third token
    assert (g.text, g.finish_reason, g.tokens.count(g.tokens[-1])) == ("the~", "eos", 1)


@pytest.mark.parametrize("last", ["<eos>", "<end>"])
def test_19_any_of_several_eos_ids_ends_and_is_kept_but_not_in_the_text(last):
    vocab = ["a", "<eos>", "<end>"]
    backend = ScriptedBackend(vocab, lambda p: [0.0, 0.0, 0.0] if not p else [float(v == last) for v in vocab], {1, 2})
    g = write(backend, Plain())
    assert (g.text, g.tokens, g.finish_reason) == ("a", (0, vocab.index(last)), "eos")


def test_19_eos_behind_an_open_partial_keeps_the_held_text():
    """Guards: exllamav2 and YALS lose what they hold when the text ends."""
    sampler = BacktrackSampler(path("The", " end"), AntiSlop(["the end of time"]), GREEDY)
    assert sampler.generate([""])[0].text == "The end"
    assert "".join(sampler.stream("")) == "The end"


@pytest.mark.parametrize("options", [{"max_new_tokens": 2}, {"stop": ("!",)}])
def test_19_so_does_any_other_end(options):
    sampler = BacktrackSampler(path("The", " end", "!"), AntiSlop(["the end! of time"]), GREEDY, **options)
    assert "".join(sampler.stream("")) == sampler.generate([""])[0].text == "The end"


# -- 20: streams ---------------------------------------------------------------------------------------------------


def test_20_text_leaves_as_soon_as_nothing_open_reaches_back():
    """Guards: a hold-back as long as the longest phrase."""
    backend = path("A", " fine", " day", ".", " A", " test", ".")
    sampler = BacktrackSampler(backend, AntiSlop(["a testament to", "an extremely long phrase nobody says"]), GREEDY)
    assert list(sampler.stream("")) == ["A fine", " day", ".", " A test."]


def test_20_the_length_of_the_list_delays_no_text():
    long = "x" + " and so on" * 50
    pieces = ("On", " and", " so", " on", " we", " go")
    streams = [list(BacktrackSampler(path(*pieces), AntiSlop([p]), GREEDY).stream("")) for p in ("x and", long)]
    assert streams[0] == streams[1] == list(pieces)


def test_20_a_piece_never_ends_inside_a_character():
    fish = "🐟".encode()
    backend = path(b"a", fish[:1], fish[1:3], fish[3:], b"!")
    assert list(BacktrackSampler(backend, Plain(), GREEDY).stream("")) == ["a", "🐟", "!"]


def test_20_bytes_that_no_character_completes_are_flushed_at_the_end():
    sampler = BacktrackSampler(path(b"a", "🐟".encode()[:2]), Plain(), GREEDY)
    assert list(sampler.stream("")) == ["a", "\ufffd"]
    assert sampler.generate([""])[0].text == "a\ufffd"


def test_20_no_part_of_a_stop_string_is_given_out():
    sampler = BacktrackSampler(path("a", " ST", "OX", " ST", "OP", "!"), Plain(), GREEDY, stop=("STOP",))
    assert list(sampler.stream("")) == ["a", " STOX", " "]


def test_20_with_rewind_to_start_nothing_is_settled_before_the_end():
    sampler = BacktrackSampler(path("a", " b", " c"), AntiSlop(["c d"], rewind_to="start"), GREEDY)
    assert list(sampler.stream("")) == ["a b c"]


def test_20_with_rewind_to_sentence_whole_sentences_leave():
    """An empty piece behind the full stop belongs to the sentence before it: what has left stays."""
    pieces = ("It", " was", ".", "", " A", " cat", ".")
    sampler = BacktrackSampler(path(*pieces), AntiSlop(["cat"], rewind_to="sentence"), GREEDY)
    assert "".join(sampler.stream("")) == sampler.generate([""])[0].text == "It was. A~."


# -- 21: budgets ---------------------------------------------------------------------------------------------------


def test_21_max_new_tokens_counts_what_is_kept_so_a_rewind_gives_its_tokens_back():
    g = write(path("a", " quiet", " night", " fell", " on", " us"), AntiSlop(["quiet night"]), max_new_tokens=5)
    assert (g.cost.discarded, len(g.tokens), g.finish_reason) == (3, 5, "length")


def test_21_max_draws_counts_work_and_is_never_refunded():
    backend = path("a", " quiet", " night", " fell", " on", " us")
    assert write(backend, AntiSlop(["quiet night"]), max_new_tokens=5, max_draws=8).finish_reason == "length"
    cut = write(backend, AntiSlop(["quiet night"]), max_new_tokens=5, max_draws=7)
    assert (cut.finish_reason, cut.cost.drawn, cut.cost.kept) == ("budget", 7, 4)


def test_21_the_last_draw_of_the_budget_is_judged_as_an_end():
    """Guards: a phrase that waits for its right boundary, left standing because no draw follows."""
    g = write(path("a", " cat", "."), AntiSlop(["cat"]), max_draws=2)
    assert (g.text, g.finish_reason) == ("a", "budget")


def test_21_where_a_rewind_spends_the_budget_what_it_leaves_is_judged_as_ended():
    """Guards: " cat", which "s" had made innocent, is left standing when "s!" is taken back by the last draw."""
    g = write(path("a", " c", "at", "s!"), AntiSlop(["cat", "cats!"], rewind_to="token"), max_draws=4)
    assert (g.text, g.finish_reason) == ("a c", "budget")


# -- 22: reasons ---------------------------------------------------------------------------------------------------


class Enough(Strategy[None]):
    def init(self, prompt):
        return None

    def step(self, state, view):
        return None, Stop("enough", note="that will do") if len(view.tokens) == 2 else Accept(True)


@pytest.mark.parametrize(
    ("strategy", "options", "reason"),
    [
        (Plain(), {}, "eos"),
        (Plain(), {"max_new_tokens": 2}, "length"),
        (Plain(), {"stop": (" cat",)}, "stop"),
        (Enough(), {}, "stop"),
        (AntiSlop(["cat"]), {"max_draws": 4}, "budget"),
        (Plain(), {"max_new_tokens": 3, "max_draws": 3}, "length"),  # what was asked for is there
        (Plain(), {"max_new_tokens": 4, "max_draws": 3}, "budget"),
        (Plain(), {"max_new_tokens": 4, "max_draws": 4}, "eos"),  # EOS is the fourth token
    ],
)
def test_22_finish_reason_is_the_truth(strategy, options, reason):
    assert write(path("the", " cat", "."), strategy, **options).finish_reason == reason


def test_22_exhausted_means_that_no_token_was_left():
    backend = ranked({(): ["the"], ("the",): [" cat"], None: [EOS]}, ["the", " cat", EOS])
    g = write(backend, AntiSlop(["cat"]))
    assert (g.text, g.finish_reason) == ("the", "exhausted")


def test_22_a_strategy_that_ends_a_row_may_say_why():
    class Gives(AntiSlop):
        def exhausted(self, state, view):
            return state, Stop("exhausted", note="nothing to say")

    assert notes(write(path("the", " cat", "."), Enough())) == ["that will do"]
    only_the = ScriptedBackend(["the", EOS], lambda p: [0.0, -math.inf], eos={1})
    assert notes(write(only_the, Gives(["the"], whole_words=False))) == ["nothing to say"]


def test_22_reasons_are_true_of_random_texts():
    backend = random_bigram(["a", " b", " cat", ".", EOS], seed=4, eos={4})
    options = {"max_new_tokens": 8, "max_draws": 14, "stop": ("..",)}
    sampler = BacktrackSampler(backend, AntiSlop(["cat", "b b"]), Decoding(), **options)
    seen = set()
    for g in sampler.generate(["a"] * 200):
        seen.add(g.finish_reason)
        said = "".join(backend.vocab.bytes_of(token).decode() for token in g.tokens)
        assert (g.finish_reason == "eos") == (g.tokens[-1:] == (4,))
        assert (g.finish_reason == "stop") == (".." in said)
        assert (g.finish_reason != "length") or len(g.tokens) == 8
        assert (g.finish_reason != "budget") or g.cost.drawn == 14
    assert seen == {"eos", "length", "stop", "budget"}
