"""CONFORMANCE groups 19-25 on real models: how texts end and leave, and what rows and slots do to each other."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from sampler import Accept, BacktrackSampler, Shape, Strategy
from sampler.backends import Extend
from strategies import AntiSlop, Plain
from tests.sampler.families import EOS, EOT
from tests.sampler.steering import check_numbers, drawing, rewinds, steered, steered_batch
from tests.writing import counted

FISH = ["🐟".encode()[i : i + 1] for i in range(4)]


def test_group_19_a_retracted_eos_does_not_end_the_text(kind):
    g = steered(kind, AntiSlop(["cat"]), "a", [[" cat", " dog"], (EOS, " sat"), EOT])
    assert rewinds(g) == [(2, 0, "phrase:cat")]
    assert (g.text, g.finish_reason, g.tokens[-1]) == (" dog sat", "eos", EOT)


@pytest.mark.parametrize("end", [EOS, EOT])
def test_group_19_every_end_token_ends_and_keeps_what_an_open_phrase_held(kind, end):
    g = steered(kind, AntiSlop(["the end of time"]), "a", [" The", " end", end])
    assert (g.text, g.finish_reason, rewinds(g)) == (" The end", "eos", [])
    assert g.tokens[-1] == end


def test_group_20_pieces_join_to_the_text_and_never_end_inside_a_character(kind):
    plan = [" a", *FISH, [" cat", " dog"], " sat", " of", " time", ". ", *FISH, "."]
    strategy, options = AntiSlop(["cat sat", "time. 🐟!"]), {"max_new_tokens": len(plan)}
    sampler = BacktrackSampler(kind.backend, strategy, draw=drawing(kind, {"0": plan}), **options)
    pieces = list(sampler.stream("the"))
    g = sampler.generate(["the"])[0]
    assert "".join(pieces) == g.text == " a🐟 dog sat of time. 🐟."
    assert len(pieces) > 4
    assert all(pieces)
    assert not any("\ufffd" in piece for piece in pieces)


def test_group_20_what_is_held_back_depends_on_open_phrases_not_on_long_ones(kind):
    drawn = []
    draw = drawing(kind, {"0": [" a", " dog", " sat", " The", " end", "."]})

    def counted(probs, key):
        drawn.append(key.position)
        return draw(probs, key)

    sampler = BacktrackSampler(kind.backend, AntiSlop(["the end of time" * 9]), max_new_tokens=6, draw=counted)
    pieces = [(piece, len(drawn)) for piece in sampler.stream("the")]
    assert pieces == [(" a", 1), (" dog", 2), (" sat", 3), (" The end.", 6)]


def test_group_21_kept_tokens_are_given_back_and_draws_are_not(kind):
    plan = [[" cat", " dog", " time"], " sat"]
    strategy = AntiSlop(["cat", "dog"])
    g = steered(kind, strategy, "a", plan, max_new_tokens=2)
    assert (g.text, g.finish_reason, g.cost.kept, g.cost.drawn) == (" time sat", "length", 2, 6)
    cut = steered(kind, strategy, "a", plan, max_new_tokens=2, max_draws=5)
    assert (cut.text, cut.finish_reason, cut.cost.drawn) == (" time", "budget", 5)


class BanAll(Strategy[int]):
    """Bans every token at position 1. Law: none, it is a dead end."""

    def __init__(self, size=0):
        self.everything = dict.fromkeys(range(size), -math.inf)

    def bind(self, vocab):
        return BanAll(vocab.size)

    def init(self, prompt):
        return 0

    def shape(self, state, view):
        return Shape(bias=self.everything) if view.position == 1 else Shape()

    def step(self, state, view):
        return state + 1, Accept(settled=True)


@pytest.mark.parametrize(
    ("strategy", "plan", "options", "text", "reason"),
    [
        (Plain(), [" a", " cat", EOS], {}, " a cat", "eos"),
        (Plain(), [" a", " cat"], {}, " a cat", "length"),
        (Plain(), [" a", " ST", "OP"], {"stop": ("STOP",)}, " a ", "stop"),
        (BanAll(), [" a", " cat"], {}, " a", "exhausted"),
        (Plain(), [" a", " cat"], {"max_draws": 1}, " a", "budget"),
    ],
)
def test_group_22_the_finish_reason_is_the_truth(kind, strategy, plan, options, text, reason):
    g = steered(kind, strategy, "the", plan, **options)
    assert (g.text, g.finish_reason) == (text, reason)


ROWS = {
    "cats": ("the", [[" cat", " dog"], ".", [" cat", " dog"], " sat", " of", " time"]),
    "calm": ("an end of a test", [" a", " time", " of", " the", " test", "."]),
    "ends": ("", [" The", " end", EOS]),
    "delve": ("It is a", [[" del", " edu"], "ve", ",", [" d", " a"], "el", "ve", "."]),
    "long": ("the end of the test of the time of the cat" * 4, [" sat", [" cat", " dog"], ".", ",", " a", " to"]),
}
BANNED = AntiSlop(["cat", "delve"])


def told(g):
    """Everything of a text but its numbers and wall time."""
    return g.text, g.tokens, g.finish_reason, *counted(g)


@pytest.mark.parametrize("batch_size", [2, 5])
def test_group_23_what_a_row_writes_and_costs_never_depends_on_its_neighbours(kind, batch_size):
    """Steered draws, so that float32 has no say: rows of any length in any order, some rewinding, some ending early."""
    alone = {name: steered_batch(kind, BANNED, {name: row}, max_new_tokens=8)[name] for name, row in ROWS.items()}
    assert sum(len(g.events) for g in alone.values()) == 5
    rows = dict(reversed(ROWS.items()))
    for name, g in steered_batch(kind, BANNED, rows, batch_size=batch_size, max_new_tokens=8).items():
        assert told(g) == told(alone[name])
        assert g.logprobs == pytest.approx(alone[name].logprobs, abs=kind.tolerance)


@pytest.mark.parametrize("batch_size", [3, 6])
def test_group_23_drawn_texts_are_equal_whatever_the_batch(kind, batch_size):
    """Promised in float64. llama.cpp computes in float32, where a draw in some 100,000 may differ: there only the rows
    that drew the same are compared, and they must be most."""
    prompts = [prompt for prompt, _ in ROWS.values()] + ["a dog"]
    banned = AntiSlop(list("aeiost"), whole_words=False)

    def texts(size):
        return BacktrackSampler(kind.backend, banned, max_new_tokens=24, batch_size=size, seed=3).generate(prompts)

    pairs = list(zip(texts(1), texts(batch_size), strict=True))
    same = [told(a) == told(b) for a, b in pairs]
    assert sum(len(a.events) for a, _ in pairs) > 5
    assert all(same) if kind.exact else sum(same) >= len(same) - 1
    for a, b in pairs:
        if a.tokens == b.tokens:
            assert a.logprobs == pytest.approx(b.logprobs, abs=kind.tolerance)


def test_group_24_a_rewind_touches_no_neighbour_and_a_slot_is_clean_when_reused(kind):
    """Two places for six rows, so that each is used again; every log-prob is checked against a fresh pass."""
    rows = {**ROWS, "again": ROWS["cats"]}
    done = steered_batch(kind, BANNED, rows, batch_size=2, max_new_tokens=8)
    assert told(done["again"]) == told(done["cats"])
    assert sum(len(g.events) for g in done.values()) == 7


def test_group_24_cutting_one_slot_leaves_the_other_as_it_was(kind):
    backend, tokens = kind.backend, tuple(range(10, 40))
    slots = [backend.slots.acquire() for _ in range(2)]
    backend.extend([Extend(slot, 0, tokens) for slot in slots])
    backend.extend([Extend(slots[0], 5, (50, 51))])
    got = backend.extend([Extend(slots[0], 7, (60,)), Extend(slots[1], 30, (60,))]).logits.log_softmax(1)
    for slot in slots:
        backend.slots.release(slot)
    for row, prefix in zip(got, ((*tokens[:5], 50, 51, 60), (*tokens, 60)), strict=True):
        want = backend.score(prefix, (7,))
        assert float(row[7]) == pytest.approx(float(want), abs=kind.tolerance)


def test_group_25_a_cache_that_cannot_be_cut_gives_the_same_text_by_replay(kind, monkeypatch):
    """Whatever says that it cannot be cut: the same model, cut and replayed. Recurrent models are in each backend's own
    tests."""
    exact = steered_batch(kind, BANNED, ROWS, max_new_tokens=8)
    with monkeypatch.context() as patched:
        refuse_cuts(kind, patched)
        draw = drawing(kind, {name: plan for name, (_, plan) in ROWS.items()})
        sampler = BacktrackSampler(kind.backend, BANNED, max_new_tokens=8, draw=draw)
        replayed = sampler.generate([prompt for prompt, _ in ROWS.values()], list(ROWS))
    for g in replayed:
        assert (g.text, g.tokens, counted(g)[0]) == (exact[g.id].text, exact[g.id].tokens, counted(exact[g.id])[0])
        assert (g.cost.refed > 0) == (len(g.events) > 0)
        assert g.cost.fed == exact[g.id].cost.fed + g.cost.refed
        check_numbers(kind, replace(g, cost=exact[g.id].cost), kind.backend.vocab.prompt(ROWS[g.id][0]).tokens)


def refuse_cuts(kind, patched):
    if kind.exact:
        from sampler.backends.hf_forward import ReplayForward

        patched.setattr(kind.backend, "_forward", ReplayForward(kind.backend.model))
    else:
        patched.setattr(type(kind.backend._context), "cut", lambda self, slot, keep: False)


def test_a_row_that_fills_the_context_ends_with_length_and_the_others_go_on(kind):
    full = kind.backend.caps.max_len
    long = list(kind.backend.vocab.prompt("the").tokens) + list(kind.ids(" a")) * (full - 5)
    rows = {"long": (long, [" cat"]), "short": ("the", [" cat"])}
    done = steered_batch(kind, Plain(), rows, max_new_tokens=9)
    assert [(g.cost.kept, g.finish_reason) for g in done.values()] == [(full - len(long), "length"), (9, "length")]
    assert 0 < full - len(long) < 9


def test_a_prompt_that_fills_the_context_is_refused_before_anything_runs(kind, monkeypatch):
    monkeypatch.setattr(kind.backend, "extend", lambda batch: pytest.fail("it ran"))
    long = [5] * kind.backend.caps.max_len
    with pytest.raises(ValueError, match=r"prompt '1': 256 tokens leave no room in the model's context of 256"):
        BacktrackSampler(kind.backend, Plain()).generate(["the", long])


def test_scoring_nothing_or_too_much_is_refused(kind):
    assert kind.backend.score((5, 6), ()).shape == (0,)
    with pytest.raises(ValueError, match="prompt: it is empty; scoring needs"):
        kind.backend.score((), (5,))
    with pytest.raises(ValueError, match="tokens: 2 of the prompt and 300 to score do not fit"):
        kind.backend.score((5, 6), (7,) * 300)
