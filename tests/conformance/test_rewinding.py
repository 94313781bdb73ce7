"""Groups 10–18: going back, and what a ban holds for. (docs/CONFORMANCE.md has the list.)"""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch

from sampler import BacktrackSampler, Decoding, ExhaustedError
from sampler.backends import ScriptedBackend
from sampler.law import exact_law
from strategies import AntiSlop, Chain, CreativeWriting, Plain, Replace
from tests.models import EOS, bigram, path, random_bigram, ranked
from tests.writing import GREEDY, notes, picture, rewinds, write

# -- 10: the exact prefix ------------------------------------------------------------------------------------------


def test_10_a_ban_is_gone_when_an_earlier_rewind_has_changed_the_prefix():
    """Guards: a ban kept by position. " b" is banned behind "A"; behind "~" it is innocent, and drawn at once."""
    table = {(): ["A", "~"], ("A",): [" b", "~"], ("A", " b"): [" q"], ("~",): [" b"], None: [EOS]}
    g = write(ranked(table, ["A", " b", " q", "~", EOS]), AntiSlop(["b q", "A~"], whole_words=False))
    assert (g.text, rewinds(g)) == ("~ b", [(3, 1, "phrase:b q"), (2, 0, "phrase:A~")])


def test_10_a_ban_stays_while_its_prefix_stands_through_any_number_of_redraws():
    """Guards: a ban that is forgotten when the redraw is taken back in turn."""
    phrases = ["one", "two", "three", "four", "five"]
    vocab = ["x", *(f" {phrase}" for phrase in phrases), " six", EOS]
    backend = ranked({(): ["x"], ("x",): vocab[1:-1], None: [EOS]}, vocab)
    g = write(backend, AntiSlop(phrases))
    assert (g.text, [e.why for e in g.events]) == ("x six", [f"phrase:{phrase}" for phrase in phrases])


@pytest.mark.parametrize("rewind_to", ["phrase", "sentence", "start"])
def test_10_the_ban_goes_to_the_phrases_first_token_wherever_the_rewind_goes(rewind_to):
    """And holds there when the text comes back to that prefix, though all its states were thrown away."""
    g = write(path("It", " was", ".", " A", " black", " cat", "."), AntiSlop(["black cat"], rewind_to=rewind_to))
    assert g.text == "It was. A~ cat."
    assert rewinds(g) == [(7, {"phrase": 4, "sentence": 3, "start": 0}[rewind_to], "phrase:black cat")]


def test_10_rewind_to_token_bans_the_last_token():
    g = write(path("It", " was", ".", " A", " black", " cat", "."), AntiSlop(["black cat"], rewind_to="token"))
    assert (g.text, rewinds(g)) == ("It was. A black~.", [(7, 5, "phrase:black cat")])


def test_10_sentence_goes_back_to_the_first_token_of_the_sentence():
    pieces = ("It", " was", ".", " A", " black", " cat", " sat")
    g = write(path(*pieces), AntiSlop(["cat"], rewind_to="sentence"))
    assert rewinds(g) == [(7, 3, "phrase:cat")]


# -- 11: two at one place ------------------------------------------------------------------------------------------


def test_11_two_phrases_from_one_position_both_stay_banned():
    """Guards: A → B → A cycles."""
    backend = ranked({(): ["x"], ("x",): [" one", " two", " three"], None: [EOS]}, ["x", " one", " two", " three", EOS])
    g = write(backend, AntiSlop(["one", "two"]))
    assert (g.text, [e.why for e in g.events]) == ("x three", ["phrase:one", "phrase:two"])


def test_11_one_string_through_two_ids_has_both_banned():
    vocab = ["x", " cat", " c", "at", " dog", EOS]
    table = {(): ["x"], ("x",): [" cat", " c", " dog"], ("x", " c"): ["at"], None: [EOS]}
    g = write(ranked(table, vocab), AntiSlop(["cat"]))
    assert (g.text, rewinds(g)) == ("x dog", [(3, 1, "phrase:cat"), (4, 1, "phrase:cat")])


def test_11_two_ids_of_the_same_bytes_are_both_banned():
    backend = ScriptedBackend([" cat", " cat", " dog", EOS], lambda p: [3, 2, 1, 0] if not p else [0, 0, 0, 9], {3})
    g = write(backend, AntiSlop(["cat"]))
    assert (g.text, g.cost.discarded) == (" dog", 4)


# -- 12: termination -----------------------------------------------------------------------------------------------


def test_12_hard_bans_end_whatever_the_model_wants():
    """A model that wants nothing but phrases: each rewind forbids one more (prefix, token), so it ends by itself."""
    backend = random_bigram([" cat", " dog", " sat", " on"], seed=3)
    for rewind_to in ("phrase", "token", "sentence", "start"):
        g = write(backend, AntiSlop(["cat", "dog", "sat on sat"], rewind_to=rewind_to), max_new_tokens=4, max_draws=999)
        assert g.finish_reason == "length"
        assert set(g.text.split()) <= {"sat", "on"}


def test_12_max_draws_bounds_what_has_no_end():
    g = write(
        path("cat", ".", other="dog"), AntiSlop(["cat", "dog"], ban="none"), decoding=Decoding(0.01), max_draws=40
    )
    assert (g.finish_reason, g.cost.drawn) == ("budget", 40)


@pytest.mark.parametrize("replace", ["a cat sat", "cat", "CAT cat"])
def test_12_a_replacement_that_contains_what_it_replaces_does_not_loop(replace):
    vocab = ["the ", "cat", "CAT", "a ", " sat", " ", EOS]
    g = write(ranked({(): ["the "], ("the ",): ["cat"], None: [EOS]}, vocab), Replace("cat", replace))
    assert (g.text, g.finish_reason, len(g.events)) == (f"the {replace}", "eos", 1)


def test_12_a_detour_whose_way_back_is_banned_ends():
    """The obvious "a" is written where "b" led nowhere, and banned there: "b" again, and so on for ever."""
    start, flat = [0.6, 0.4, 0, 0, 0, 0, 0], [0, 0, 0.2, 0.2, 0.2, 0.2, 0.2]
    backend = bigram(["a", "b", "c", "d", "e", "f", EOS], [flat, flat, *[[0, 0, 0, 0, 0, 0, 1]] * 5, start], {6})
    chain = Chain(CreativeWriting(top_k_threshold_flat=3), AntiSlop(["a"], whole_words=False))
    assert write(backend, chain, max_draws=200).finish_reason == "eos"


# -- 13: nothing left ----------------------------------------------------------------------------------------------


def dead_end():
    """Behind "x" only " cat" is possible; behind "y" the text ends."""
    return ranked({(): ["x", "y"], ("x",): [" cat"], None: [EOS]}, ["x", "y", " cat", EOS])


OPEN_X = ["cat", "x dog"]  # "x" may still begin a phrase: it is not settled, and can be taken back


def test_13_rewind_further_takes_back_the_token_before():
    g = write(dead_end(), AntiSlop(OPEN_X))
    assert (g.text, rewinds(g)) == ("y", [(3, 1, "phrase:cat"), (1, 0, "exhausted")])


def test_13_rewind_further_never_goes_below_what_is_settled():
    g = write(dead_end(), AntiSlop(["cat"]))
    assert (g.text, g.finish_reason) == ("x", "exhausted")


def test_13_pass_lets_the_phrase_stand_and_says_so():
    g = write(dead_end(), AntiSlop(OPEN_X, on_exhausted="pass"))
    assert (g.text, g.finish_reason, notes(g)) == ("x cat", "eos", ["lifted the bans at 1", "passed phrase:cat"])


def test_13_stop_ends_the_row_and_error_raises():
    g = write(dead_end(), AntiSlop(OPEN_X, on_exhausted="stop"))
    assert (g.text, g.finish_reason) == ("x", "exhausted")
    with pytest.raises(ExhaustedError, match="position 1: every token is banned"):
        write(dead_end(), AntiSlop(OPEN_X, on_exhausted="error"))


def test_13_where_a_row_ends_exhausted_its_text_is_judged_as_ended():
    """Guards: " cat" waits for its right boundary, no next character is possible, and it is left standing."""
    vocab = ["a", " cat", "s", " dog", EOS]
    backend = ranked({(): ["a"], ("a",): [" cat", " dog"], ("a", " cat"): ["s"], None: [EOS]}, vocab)
    strategy = AntiSlop(["cat", "cats"], rewind_to="token", on_exhausted="stop")
    g = write(backend, strategy)
    assert (g.text, g.finish_reason) == ("a dog", "eos")


@pytest.mark.parametrize("decoding", [GREEDY, Decoding(), Decoding(top_k=1), Decoding(top_p=0.01), Decoding(min_p=1.0)])
def test_13_truncation_looks_at_what_is_left(decoding):
    """Guards: top_k, top_p or min_p picked before the ban leaves nothing to draw, or NaN."""
    backend = ScriptedBackend(["a", "b"], lambda prefix: [9.0, 0.0])
    g = write(backend, AntiSlop(["a"], whole_words=False), decoding=decoding, max_new_tokens=3)
    assert (g.text, g.finish_reason) == ("bbb", "length")


def test_13_no_token_of_probability_0_is_ever_drawn():
    inf = math.inf
    backend = ScriptedBackend(["a", "b", "c", "d"], lambda prefix: [0.0, -inf, -1.0, -inf])
    texts = BacktrackSampler(backend, AntiSlop(["a", "cc"], whole_words=False), max_new_tokens=4).generate([""] * 50)
    assert all(math.isfinite(logprob) for g in texts for logprob in g.logprobs)
    assert {(g.text, g.finish_reason) for g in texts} == {("", "exhausted")}  # "a" is banned everywhere, "c" behind "c"
    assert any(g.events for g in texts)


# -- 14: elsewhere -------------------------------------------------------------------------------------------------


def test_14_a_ban_holds_for_its_prefix_only():
    """ " te" begins the phrase, is banned there, and is innocent in " team"."""
    g = write(path("a", " te", "sta", "ment", ".", " te", "am"), AntiSlop(["testament"]))
    assert g.text == "a~stament. team"


# -- 15: soft bans -------------------------------------------------------------------------------------------------


def test_15_a_soft_ban_is_applied_once_and_a_phrase_drawn_again_stays():
    g = write(path("a", " cat", "."), AntiSlop({"cat": 0.9}, ban="soft"))
    assert g.text == "a cat."  # greedy: the penalty of ln 0.9 does not change the argmax
    assert (rewinds(g), notes(g)) == ([(3, 1, "phrase:cat")], ["passed phrase:cat"])


def test_15_a_penalty_is_never_compounded_by_finding_the_phrase_again():
    """Guards: a second penalty when the text comes by again, here because the longer phrase went back behind it."""
    odds = []

    def draw(probs, key):
        if key.position == 1:
            odds.append(round(float(probs[1] / probs[2]), 9))
        return int(probs.argmax())

    backend = bigram(
        ["x", " cat", " dog", " sat", EOS],
        [[0, 0.9, 0.1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [1, 0, 0, 0, 0], [0.9, 0, 0.1, 0, 0]],
        {4},
    )
    strategy = AntiSlop({"cat": 0.5, "x cat sat": 0.5}, ban="soft")
    g = BacktrackSampler(backend, strategy, draw=draw).generate([""])[0]
    assert [e.why for e in g.events] == ["phrase:cat", "phrase:x cat sat"]
    assert notes(g) == ["passed phrase:cat", "passed phrase:cat", "passed phrase:x cat sat"]
    assert odds == [9.0, 4.5, 4.5]


@pytest.mark.parametrize("strategy", [AntiSlop({"cat": 1.0}, ban="soft"), AntiSlop(["cat"], ban="soft", strength=0.0)])
def test_15_a_factor_of_1_is_no_ban(strategy):
    backend = random_bigram(["a", " cat", ".", EOS], seed=1, eos={3})
    for seed in range(20):
        ours, plain = (write(backend, s, decoding=Decoding(), seed=seed) for s in (strategy, Plain()))
        assert (ours.tokens, ours.events) == (plain.tokens, ())


def stands(ban, factor, q=0.3, c=0.5):
    """The probability that "ab" stands, where it begins with probability q and is completed with probability c."""
    end = [0, 0, 0, 1]
    backend = bigram(["a", "b", "c", EOS], [[0, c, 1 - c, 0], end, end, end, [q, 0, 1 - q, 0]], {3})
    strategy = AntiSlop({"ab": factor}, ban=ban, whole_words=False, **({"rewind_to": "start"} if ban == "tilt" else {}))
    law = exact_law(backend, strategy, max_new_tokens=5)
    return sum(p for tokens, p in law.probability.items() if tokens[:2] == (0, 1))


def test_15_the_soft_rule_is_discontinuous_and_tilt_is_not():
    """A factor just below 1 buys a second draw: 85 % are gone at q = .3, c = .5. The page says so."""
    assert stands("soft", 1.0) == pytest.approx(0.15)
    assert stands("soft", 1 - 1e-9) == pytest.approx(0.15 * 0.15, rel=1e-6)
    assert stands("tilt", 1 - 1e-9) == pytest.approx(0.15, rel=1e-6)
    assert stands("tilt", 0.5) == pytest.approx(0.15 * 0.5 / (1 - 0.15 * 0.5))


# -- 16, 17: the redraw --------------------------------------------------------------------------------------------


def test_16_a_redraw_uses_the_same_settings_and_generator_as_the_first_draw():
    """Guards: a redraw by argmax, at temperature 1, without truncation, or from another generator."""
    drawn = []

    def draw(probs, key):
        drawn.append((key, probs))
        return 0 if len(drawn) == 1 else int(probs.argmax())

    logits = torch.tensor([1.0, 0.9, 0.8, 0.1], dtype=torch.float64)
    backend = ScriptedBackend(["a", "b", "c", "d"], lambda prefix: logits)
    decoding = Decoding(temperature=0.7, top_k=2)
    sampler = BacktrackSampler(
        backend, AntiSlop(["a"], whole_words=False), decoding, draw=draw, max_new_tokens=1, seed=5
    )
    sampler.generate([""], ["row"])
    (first, before), (second, after) = drawn
    assert [(key.seed, key.id, key.position, key.attempt) for key in (first, second)] == [
        (5, "row", 0, 0),
        (5, "row", 0, 1),
    ]
    largest = (logits / 0.7).exp() * torch.tensor([1.0, 1.0, 0.0, 0.0])  # top_k=2
    torch.testing.assert_close(before, largest / largest.sum())
    banned = (logits / 0.7).exp() * torch.tensor([0.0, 1.0, 1.0, 0.0])
    torch.testing.assert_close(after, banned / banned.sum())


def test_16_a_redraw_without_a_ban_does_not_repeat_the_number():
    """Guards: the attempt reset by a rewind, so that a redraw gives the same token for ever."""
    backend = ScriptedBackend(["a", "b"], lambda prefix: [0.0, -1.0])
    sampler = BacktrackSampler(backend, AntiSlop(["a"], ban="none", whole_words=False), max_new_tokens=5)
    texts = sampler.generate([""] * 20)
    assert {g.text for g in texts} == {"bbbbb"}
    assert max(n for g in texts for n in Counter(event.to for event in g.events).values()) > 1


def test_17_greedy_takes_the_next_best_token():
    vocab = ["a", " cat", " dog", " hen", EOS]
    backend = ranked({(): ["a"], ("a",): [" cat", " dog", " hen"], None: [EOS]}, vocab)
    assert write(backend, AntiSlop(["cat"])).text == "a dog"
    assert write(backend, AntiSlop(["cat", "dog"])).text == "a hen"


# -- 18: state -----------------------------------------------------------------------------------------------------


def test_18_the_matcher_rewinds_with_the_text():
    """ "b" behind a "a" that was taken back is no "ab": the half match went with it."""
    vocab = ["a", "b", "q", "x", EOS]
    table = {(): ["a"], ("a",): ["q", "x"], ("a", "q"): ["x"], ("x",): ["b"], None: [EOS]}
    g = write(ranked({**table, (): ["a", "x"]}, vocab), AntiSlop(["aq", "ax", "ab"], whole_words=False))
    assert (g.text, [e.why for e in g.events]) == ("xb", ["phrase:aq"])


def test_18_stop_strings_are_looked_for_in_what_is_kept():
    """ "ST" was taken back, so "OP" completes no "STOP"."""
    g = write(path("a", "ST", "OP", "."), AntiSlop(["ST"], whole_words=False), stop=("STOP",))
    assert (g.text, g.finish_reason) == ("a~OP.", "eos")


def test_18_nothing_leaks_into_the_next_text_also_when_a_stream_is_closed_early():
    """One strategy instance, two backends, streams left in the middle: every text is as if it were the first."""
    strategy = AntiSlop({"cat": 0.5, "b b": 0.2}, ban="soft")
    backends = [random_bigram(["a", " b", " cat", "s", ".", EOS], seed, {5}) for seed in (1, 2)]
    fresh = [
        picture(write(backend, AntiSlop({"cat": 0.5, "b b": 0.2}, ban="soft"), "a", Decoding())) for backend in backends
    ]
    for _ in range(3):
        for backend, want in zip(backends, fresh, strict=True):
            stream = BacktrackSampler(backend, strategy, stop=(".s",)).stream(" b", id="left")
            next(stream)
            stream.close()
            assert picture(write(backend, strategy, "a", Decoding())) == want
