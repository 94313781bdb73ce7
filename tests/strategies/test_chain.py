"""A chain of strategies: which answer wins, what happens to the others' states, and the law of two bans."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sampler import Accept, BacktrackSampler, Decoding, Rewind, Shape, Stop, Strategy
from sampler.law import exact_law
from strategies import AdaptiveTemperature, AntiSlop, Chain, Plain, TokenBan
from strategies.chain import merged
from tests.models import bigram, path, random_bigram, total_variation
from tests.writing import notes, rewinds, write

VOCAB = ["a", "b", "c", "<eos>"]
EOS = {3}


class Says(Strategy[int]):
    """Counts its tokens in its state, and says `decision` once it has seen `after` of them."""

    def __init__(self, after: int, decision: object) -> None:
        self.after, self.decision = after, decision

    def init(self, prompt):
        return 0

    def step(self, state, view):
        assert state == len(view.tokens) - 1, "a rewind left a state behind"
        assert list(view.states) == list(range(len(view.tokens)))
        if state + 1 != self.after or view.attempt:
            return state + 1, Accept(settled=False)
        after = view.states[self.decision.to] if isinstance(self.decision, Rewind) else state + 1
        return after, self.decision


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    first=st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=2, unique=True),
    second=st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=2, unique=True),
)
def test_27_two_hard_bans_draw_what_one_ban_of_both_lists_draws(seed, first, second):
    """Guards: losers that keep a state behind the rewind; a minimum of commit positions, which is unsound."""
    backend = random_bigram(VOCAB, seed, EOS)

    def ban(phrases):
        return AntiSlop(phrases, whole_words=False)

    chain = exact_law(backend, Chain(ban(first), ban(second)), max_new_tokens=3, tolerance=0)
    both = exact_law(backend, ban([*first, *second]), max_new_tokens=3, tolerance=0)
    assert total_variation(chain.probability, both.probability) < 1e-12
    assert chain.draws == pytest.approx(both.draws)


@pytest.mark.parametrize("rewind_to", ["sentence", "start"])
def test_27_among_equal_rewinds_the_ban_furthest_back_wins(rewind_to):
    """ "cat" and "big cat" go back to one place, but "big" is what one ban of both lists would ban."""
    table = [[0, 0.5, 0.5, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [1, 0, 0, 0]]
    backend = bigram(["big", " cat", " dog", "<eos>"], table, EOS)

    def law(*lists):
        bans = [AntiSlop(phrases, rewind_to=rewind_to) for phrases in lists]
        return exact_law(backend, Chain(*bans), max_new_tokens=3, tolerance=0).probability

    assert law(["cat"], ["big cat"]) == pytest.approx(law(["cat", "big cat"]))


def test_a_part_that_empties_a_row_on_purpose_is_asked_first():
    """A person's "go back" is an empty row: another part must not take it for a dead end and ban what was chosen."""
    answers = iter([0, "back", 0, 0])

    class Person(Strategy[None]):
        def init(self, prompt):
            return None

        def shape(self, state, view):
            answer = next(answers)
            self.back = answer == "back"
            return Shape(bias=dict.fromkeys(range(5), -math.inf)) if self.back else Shape()

        def step(self, state, view):
            return None, Accept(settled=False)

        def exhausted(self, state, view):
            return None, Rewind(0, "go back")

    g = write(path("a", "b", "c"), Chain(AntiSlop(["x"]), Person()), max_new_tokens=2)
    assert (g.text, rewinds(g)) == ("ab", [(1, 0, "go back")])


def test_the_smallest_rewind_wins_and_the_first_part_among_equals():
    backend = path("a", "b", "c", "d")
    chain = Chain(Says(3, Rewind(2, "near")), Says(3, Rewind(1, "far")), Says(3, Rewind(1, "as far")))
    assert rewinds(write(backend, chain)) == [(3, 1, "far")]


def test_27_nothing_is_released_that_either_may_still_retract():
    """ "the end" is settled for the second part long before the first has decided."""
    backend = path("the", " end", " of", " time", ".")
    chain = Chain(AntiSlop(["the end of time"]), AntiSlop(["dragon"]))
    pieces = list(BacktrackSampler(backend, chain, Decoding(temperature=0)).stream(""))
    assert "".join(pieces) == "~ end of time."
    assert pieces[0].startswith("~")


def test_a_rewind_wins_over_a_stop_and_a_stop_over_going_on():
    backend = path("a", "b", "c", "d")
    assert write(backend, Chain(Says(2, Stop("enough")), Plain())).text == "ab"
    taken_back = write(backend, Chain(Says(2, Stop("enough")), Says(2, Rewind(1, "no"))))
    assert taken_back.text == "abcd"


def test_notes_are_joined():
    backend = path("a", "b")
    chain = Chain(Says(1, Accept(settled=True, note="one")), Says(1, Accept(settled=True, note="two")))
    assert notes(write(backend, chain)) == ["one; two"]


def test_shapes_multiply_add_and_see_the_same_row():
    shape = merged([Shape(2.0, {0: 1.0}), Shape(0.5, {0: 1.0, 1: -math.inf}), Shape()])
    assert (shape.scale, dict(shape.bias), shape.row) == (1.0, {0: 2.0, 1: -math.inf}, None)
    with pytest.raises(ValueError, match="two parts of a chain give a row outright"):
        merged([Shape(row=torch.zeros(2)), Shape(row=torch.zeros(2))])


def test_a_shape_and_a_rewind_together():
    """The sharpened model's conditional: redrawing from the start under a shape is rejection from the shaped law."""
    backend = random_bigram(VOCAB, 5, EOS)
    reject = AntiSlop(["ab", "cc"], whole_words=False, ban="none", rewind_to="start")
    got = exact_law(backend, Chain(AdaptiveTemperature(), reject), max_new_tokens=3)
    sharp = exact_law(backend, AdaptiveTemperature(), max_new_tokens=3).probability
    clean = {x: p for x, p in sharp.items() if not {(0, 1), (2, 2)} & set(pairwise(x))}
    z = sum(clean.values())
    assert total_variation(got.probability, {x: p / z for x, p in clean.items()}) < 1e-11


def test_a_chain_inside_a_chain_sees_its_own_states():
    inner = Chain(Says(3, Rewind(1, "far")), Plain())
    assert rewinds(write(path("a", "b", "c", "d"), Chain(Plain(), inner))) == [(3, 1, "far")]


def test_13_the_first_part_that_knows_a_way_out_decides():
    """Everything banned at a position: a part that would end the row must not overrule one that goes back."""
    backend = random_bigram(["a", "b", "<eos>"], 1, {2})
    further = AntiSlop(["aa", "ab"], whole_words=False)
    chained = exact_law(backend, Chain(Plain(), further), max_new_tokens=3, tolerance=0)
    alone = exact_law(backend, further, max_new_tokens=3, tolerance=0)
    assert total_variation(chained.probability, alone.probability) < 1e-12


def test_13_a_chain_in_which_no_part_knows_a_way_out_ends_exhausted():
    backend = random_bigram(["a", "b"], 1)
    g = write(backend, Chain(TokenBan(["b"]), TokenBan(["a"])))
    assert (g.text, g.finish_reason) == ("", "exhausted")


def test_checks_and_wrong_arguments():
    with pytest.raises(ValueError, match="strategies: there are none"):
        Chain()
    with pytest.raises(TypeError, match="is no strategy instance"):
        Chain(Plain)
    with pytest.raises(ValueError, match="redraws without a ban"):
        Chain(Plain(), AntiSlop(["x"], ban="none")).check(Decoding(temperature=0))
