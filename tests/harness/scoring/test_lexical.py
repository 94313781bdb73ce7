"""MTLD and HD-D against hand-made cases, their definitions written out again, and scipy's hypergeometric law."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from harness.scoring.lexical import HDD_SAMPLE, hdd, mtld

TEXTS = st.lists(st.integers(0, 30), min_size=1, max_size=150)


def test_mtld_by_hand() -> None:
    """After ten of these 12 words, 7 types of 10 are below 0.72: a factor; "a a" is left, 1/2, so 0.5/0.28 more.

    Backward, "a a a a a g f e d c" has 6 types of 10: a factor; "b a" is left with ratio 1: no more.
    """
    text = ["a", "b", "c", "d", "e", "f", "g", "a", "a", "a", "a", "a"]
    assert mtld(text) == pytest.approx((12 / (1 + 0.5 / 0.28) + 12 / 1) / 2)


def test_a_factor_needs_ten_words() -> None:
    """The variant without the minimum would end a factor at the second word, and give 2.0 instead."""
    assert mtld(["a"] * 10) == pytest.approx(10.0)


def test_a_ratio_of_0_72_is_not_below_it() -> None:
    """18 types of 25 is 0.72: McCarthy & Jarvis end a factor below, some libraries at it."""
    text = [*range(18), *[0] * 7]
    forward = (1 - 18 / 25) / 0.28
    assert forward == pytest.approx(1.0)
    assert mtld([*text, *[0]]) != mtld(text)
    assert mtld(text) == pytest.approx((25 / forward + 25 / naive_factors(text[::-1])) / 2)


def naive_factors(units: Sequence[int]) -> float:
    """The definition with exact fractions, segment by segment."""
    factors, rest = Fraction(0), list(units)
    while rest:
        ratios = {length: Fraction(len(set(rest[:length])), length) for length in range(1, len(rest) + 1)}
        full = next((length for length in ratios if length >= 10 and ratios[length] < Fraction(72, 100)), None)
        if full is None:
            return float(factors + (1 - ratios[len(rest)]) / Fraction(28, 100))
        factors, rest = factors + 1, rest[full:]
    return float(factors)


@given(TEXTS)
def test_mtld_is_its_definition(units: list[int]) -> None:
    there, back = naive_factors(units), naive_factors(units[::-1])
    expected = (len(units) / there + len(units) / back) / 2 if there and back else None
    assert mtld(units) == (pytest.approx(expected) if expected is not None else None)


@given(TEXTS)
def test_mtld_is_the_same_read_backwards(units: list[int]) -> None:
    assert mtld(units) == (None if mtld(units) is None else pytest.approx(mtld(units[::-1])))


def test_a_text_without_a_repeated_word_has_no_mtld() -> None:
    """Libraries say 0.0 or N here: the first calls the most varied text the least varied."""
    assert mtld(list(range(30))) is None
    assert mtld([]) is None


@given(st.lists(st.integers(0, 30), min_size=HDD_SAMPLE, max_size=200))
def test_hdd_is_the_hypergeometric_expectation(units: list[int]) -> None:
    """P(a type is in the sample) = 1 − P(it is drawn 0 times); summed over types and divided by the sample."""
    counts = Counter(units).values()
    expected = sum(1 - hypergeom.pmf(0, len(units), count, HDD_SAMPLE) for count in counts) / HDD_SAMPLE
    assert hdd(units) == pytest.approx(expected)


def test_hdd_of_the_extremes() -> None:
    assert hdd(list(range(100))) == pytest.approx(1.0)
    assert hdd(["a"] * 100) == pytest.approx(1 / HDD_SAMPLE)
    assert hdd(list(range(HDD_SAMPLE - 1))) is None
