"""Ratios, targets and laws, on numbers that can be checked by hand."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest

from experiments.bench import timing
from experiments.bench.bans import phrase_list
from experiments.bench.comparisons.continuous import geometric, steps
from experiments.bench.comparisons.growth import block_times, straight
from experiments.bench.result import Line, Spread
from experiments.bench.timing import Side, Timed, Written, interleaved


def line(*rounds, **changes):
    settings = {"unit": "kept", "target": 2.0, "cost": False} | changes
    return Line("m", "one row", "A", "B", rounds=rounds, **settings)


FAST = Timed(2.0, Written(kept=80, discarded=20))  # 40 kept, 50 drawn tokens/s
SLOW = Timed(4.0, Written(kept=80))  # 20 tokens/s
SLOWER = Timed(8.0, Written(kept=80))  # 10


def test_a_ratio_is_taken_within_a_round_and_the_median_over_rounds_is_judged():
    found = line((FAST, SLOW), (FAST, SLOWER), (SLOW, SLOWER))
    assert found.ratio == Spread(2.0, 2.0, 4.0)
    assert found.reached
    assert found.rates == (Spread(40.0, 20.0, 40.0), Spread(10.0, 10.0, 20.0))


def test_drawn_counts_what_was_taken_back_and_kept_does_not():
    assert line((FAST, SLOW)).ratio.median == 2.0
    assert line((FAST, SLOW), unit="drawn").ratio.median == 2.5


def test_a_cost_is_turned_over_and_its_line_is_the_most():
    found = line((FAST, SLOW), cost=True, target=0.5)
    assert (found.ratio.median, found.reached) == (0.5, True)
    assert not line((FAST, SLOW), cost=True, target=0.49).reached
    assert not line((FAST, SLOW), target=2.01).reached
    assert line((FAST, SLOW), target=None).reached is None


def test_discarded_shares_are_of_draws_and_of_all_rounds():
    assert line((FAST, SLOW), (SLOW, FAST)).discarded == (20 / 180, 20 / 180)


def test_sides_run_in_turn_under_the_rounds_seed_after_a_warm_up_that_is_not_timed(monkeypatch):
    calls, clock = [], iter(range(100))
    monkeypatch.setattr(timing.time, "perf_counter", lambda: float(next(clock)))

    def side(name):
        return Side(name, lambda seed, tokens: calls.append((name, seed, tokens)) or Written(tokens))

    rounds = interleaved(side("A"), side("B"), tokens=50, rounds=2)
    warm = [("A", 0, timing.WARM_UP), ("B", 0, timing.WARM_UP)]
    assert calls == [*warm, ("A", 1, 50), ("B", 1, 50), ("A", 2, 50), ("B", 2, 50)]
    assert rounds == [(Timed(1.0, Written(50)), Timed(1.0, Written(50)))] * 2


def test_numbers_are_shown_with_three_digits():
    assert str(Spread(1234.5, 99.94, 1e5)) == "1,234 (99.9–100,000)"
    assert str(Spread(0.12345, 0.12345, 0.12345)) == "0.123"


# -- phrase lists ------------------------------------------------------------------------------------------------------

WORDS = Counter({f"w{chr(97 + i // 26)}{chr(97 + i % 26)}": 1000 // (i + 1) for i in range(300)})


@pytest.mark.parametrize("size", [10, 100, 5_000])
def test_lists_are_distinct_and_beginnings_of_one_another(size):
    longest = phrase_list(WORDS, 10_000, 100)
    assert phrase_list(WORDS, size, 100) == longest[:size]
    assert len(set(longest)) == 10_000


def test_the_ten_words_of_a_list_are_those_that_come_nearest_to_the_share():
    often = phrase_list(WORDS, 10, 100)
    found = sum(WORDS[word] for word in often)
    assert abs(found - 100) < 10
    assert all(" " not in word for word in often)
    assert sum(WORDS[word] for word in phrase_list(WORDS, 50, 3_000, 50)) > 2_900


def test_further_entries_begin_with_words_that_are_not_banned_alone():
    phrases = phrase_list(WORDS, 1_000, 100)
    often, rare = set(phrases[:10]), phrases[10:]
    assert all(not often & set(phrase.split()) for phrase in rare)


# -- laws --------------------------------------------------------------------------------------------------------------


def test_steps_of_continuous_batching_by_hand():
    assert steps([3, 1, 1, 1], 2) == 3  # 3 | 1 1 1
    assert steps([1, 4, 2, 2], 2) == 5  # 1 2 2 | 4
    assert steps([5] * 8, 8) == 5


def test_lengths_vary_as_a_geometric_law_does():
    """Guards: lengths that hardly differ, or a mean that is not the one on the page."""
    lengths = geometric(20_000, 64)
    mean = sum(lengths) / len(lengths)
    deviation = (sum((n - mean) ** 2 for n in lengths) / len(lengths)) ** 0.5
    assert min(lengths) == 1
    assert mean == pytest.approx(64, rel=0.03)
    assert deviation == pytest.approx(63.5, rel=0.03)


def test_blocks_are_whole_and_per_token(monkeypatch):
    ticks = iter([0.0, 1.0, 3.0])  # the start, and the ends of two blocks of 5
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(ticks))
    assert block_times(islice(range(100), 12), 5) == [200.0, 400.0]


def test_a_straight_line_is_found_again():
    assert straight([1, 2, 4], [3.0, 5.0, 9.0]) == pytest.approx([3.0, 5.0, 9.0])
