"""Groups 27, 28: strategies in a chain, and lists of any size. (docs/CONFORMANCE.md has the list.)"""

from __future__ import annotations

import sys

import pytest

from sampler import Accept, BacktrackSampler, Decoding, Stop, Strategy
from sampler.law import exact_law
from strategies import AntiSlop, Chain, Plain, Replace
from strategies.matcher import Matcher, Scan
from tests.models import EOS, path, random_bigram, total_variation
from tests.writing import GREEDY, notes, rewinds, write

# -- 27: chains ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("first", "second"), [(["ab"], ["bca", "cc"]), (["bc"], ["abc"]), (["a"], ["ab", "b"])])
def test_27_two_hard_bans_draw_exactly_what_one_ban_of_both_lists_draws(seed, first, second):
    backend = random_bigram(["a", "b", "c", EOS], seed, {3})

    def law(strategy):
        return exact_law(backend, strategy, max_new_tokens=3, tolerance=0).probability

    def ban(phrases):
        return AntiSlop(phrases, whole_words=False)

    both = law(ban([*first, *second]))
    assert total_variation(law(Chain(ban(first), ban(second))), both) < 1e-12
    assert total_variation(law(Chain(ban(second), ban(first))), both) < 1e-12
    assert total_variation(law(Chain(Chain(ban(first)), Plain(), ban(second))), both) < 1e-12


def test_27_a_chain_releases_nothing_that_either_may_still_retract():
    """Guards: each part's own line, and the text released up to the lower one of them."""
    backend = path("A", " fine", " day", ".", " So", " it", " goes", ".")
    sampler = BacktrackSampler(backend, Chain(AntiSlop(["fine day out"]), AntiSlop(["day. So what"])), GREEDY)
    assert list(sampler.stream("")) == ["A", " fine day. So it", " goes", "."]


def test_27_the_rewind_that_goes_furthest_back_wins():
    pieces = ("a", " black", " cat", ".")
    for chain in (Chain(*two) for two in _both_ways(AntiSlop(["cat"]), AntiSlop(["black cat"]))):
        assert rewinds(write(path(*pieces), chain))[0] == (4, 1, "phrase:black cat")


def test_27_the_losers_state_is_rewound_like_everybodys():
    """Guards: the loser's half match survives its tokens: "quiet" was taken back, so " storm" ends no phrase."""
    backend = path("a", " quiet", " night", " storm", ".", other=" wild")
    chain = Chain(AntiSlop(["quiet storm", "quiet wild storm"]), AntiSlop(["quiet night"]))
    g = write(backend, chain)
    assert (g.text, rewinds(g)) == ("a wild night storm.", [(4, 1, "phrase:quiet night")])


def test_27_where_a_part_ends_the_text_the_others_judge_its_end():
    """Guards: " cat" waits for its right boundary, and another part says that the text ends here."""

    class Enough(Strategy[None]):
        def init(self, prompt):
            return None

        def step(self, state, view):
            return None, Stop("enough") if len(view.tokens) == 2 else Accept(settled=True)

    for chain in (Chain(*two) for two in _both_ways(AntiSlop(["cat"]), Enough())):
        g = write(path("a", " cat", "."), chain)
        assert (g.text, g.finish_reason, rewinds(g)) == ("a~", "stop", [(2, 1, "phrase:cat")])


def test_27_a_ban_and_a_replacement():
    """The replacement's own words are judged too: what it brings in may be banned."""
    backend = path("the ", "cat", " sat", ".", prompt=("dog",))
    g = write(backend, Chain(AntiSlop(["sat"]), Replace("cat", "dog")), "dog")
    assert g.text == "the dog~."
    assert [event.why for event in g.events] == ["phrase:cat", "phrase:sat"]


def _both_ways(first, second):
    return [(first, second), (second, first)]


# -- 28: lists -----------------------------------------------------------------------------------------------------


def calls(matcher, text):
    """Function calls made while `text` is read character by character: work, without a clock."""
    count = 0

    def count_call(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(count_call)
    scan = Scan()
    for offset, char in enumerate(text):
        scan, _ = matcher.feed(scan, char, offset, text.__getitem__)
    sys.setprofile(None)
    return count


def test_28_ten_thousand_phrases_cost_per_token_what_ten_do():
    phrases = [f"the {i} ways of {i * i} things" for i in range(10_000)]
    text = "It was the best of times, it was the worst of ways of things, 17 ways of 289 thing " * 5
    few, many = Matcher(phrases[:10]), Matcher(phrases)
    assert calls(many, text) < 1.1 * calls(few, text)


def test_28_ten_thousand_phrases_take_no_more_states_than_characters():
    phrases = [f"the {i} ways of {i * i} things" for i in range(10_000)]
    matcher = Matcher(phrases)
    assert len(matcher._next) <= 1 + sum(map(len, phrases))
    g = write(path("Oh", " the 17 ways", " of 289", " things", "."), AntiSlop(phrases))
    assert rewinds(g) == [(5, 1, "phrase:the 17 ways of 289 things")]


def test_28_duplicates_and_entries_inside_one_another_are_fine():
    strategy = AntiSlop(["cat", "Cat", "cat", "black cat", "a black cat sat"])
    assert write(path("a", " black", " cat", " sat", "."), strategy).text == "a~~ sat."


@pytest.mark.parametrize("twins", [("cat", "cat"), ("cat", "Cat"), ("cat's", "cat’s")])
def test_28_entries_that_mean_the_same_count_once(twins):
    """Guards: a factor applied twice because the list says "cat" and "Cat"."""
    backend = path("a", f" {twins[0]}", ".")
    g = write(backend, AntiSlop([(twin, 0.5) for twin in twins], ban="soft"))
    assert (rewinds(g), notes(g)) == ([(3, 1, f"phrase:{twins[0]}")], [f"passed phrase:{twins[0]}"])


def test_28_with_case_kept_they_are_two():
    strategy = AntiSlop(["cat", "Cat"], ignore_case=False)
    g = write(path("a", " cat", ".", " Cat", "."), strategy, decoding=Decoding(temperature=0))
    assert [event.why for event in g.events] == ["phrase:cat", "phrase:Cat"]
