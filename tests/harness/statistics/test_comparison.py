from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.scoring import RatioMeasurement
from harness.statistics import compare
from harness.statistics.resampling import swaps

Build = Callable[..., RatioMeasurement]


def test_difference_is_treated_minus_plain(ratio: Build) -> None:
    found = compare(ratio([1, 1, 2], scale=10.0), ratio([2, 2, 2], scale=10.0))
    assert found is not None
    assert found.difference == pytest.approx(40 / 3 - 20)


def test_exact_p_by_hand(ratio: Build) -> None:
    """Five equal signs: only all-plus and all-minus are as extreme, 2 of 32 swaps."""
    found = compare(ratio([3, 4, 5, 6, 7]), ratio([1, 1, 1, 1, 1]))
    assert found is not None
    assert found.p == pytest.approx(2 / 32)


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 9), st.integers(0, 9), st.integers(1, 9)), min_size=2, max_size=7
    )
)
def test_exact_p_is_the_enumeration_of_swaps(prompts: list[tuple[int, int, int, int]]) -> None:
    """Numerators and denominators must travel together, which a sign flip of differences would miss."""
    ids = [f"p{i}" for i in range(len(prompts))]
    a = RatioMeasurement(
        "m",
        "u",
        "lower",
        *[dict(zip(ids, map(float, column), strict=True)) for column in list(zip(*prompts, strict=True))[:2]],
    )
    b = RatioMeasurement(
        "m",
        "u",
        "lower",
        *[dict(zip(ids, map(float, column), strict=True)) for column in list(zip(*prompts, strict=True))[2:]],
    )

    def gap(swap: tuple[int, ...]) -> float:
        arms = [(d, e, n, m) if s else (n, m, d, e) for s, (n, m, d, e) in zip(swap, prompts, strict=True)]
        one, two, three, four = (sum(column) for column in zip(*arms, strict=True))
        return abs(one / two - three / four)

    observed = gap((0,) * len(prompts))
    expected = np.mean([gap(swap) >= observed - 1e-9 for swap in product((0, 1), repeat=len(prompts))])
    found = compare(a, b)
    assert found is not None
    assert found.p == pytest.approx(expected)


def test_many_prompts_agree_with_the_paired_t_test(ratio: Build) -> None:
    """An independent test of the same hypothesis; with 60 normal differences both must tell about the same."""
    generator = np.random.default_rng(3)
    b = generator.normal(size=60)
    a = b + generator.normal(0.25, 1.0, size=60)
    found = compare(ratio(list(a)), ratio(list(b)))
    theirs = stats.ttest_rel(a, b)
    interval = theirs.confidence_interval()
    assert found is not None
    assert found.interval is not None
    assert found.p == pytest.approx(theirs.pvalue, abs=0.02)
    assert (found.interval.low, found.interval.high) == pytest.approx((interval.low, interval.high), abs=0.05)
    assert found.d_z == pytest.approx(np.mean(a - b) / np.std(a - b, ddof=1))


def test_p_is_never_zero(ratio: Build) -> None:
    """(1 + #) / (P + 1): with random permutations a p of 0 claims more than was drawn."""
    found = compare(ratio([float(i + 100) for i in range(40)]), ratio([float(i) for i in range(40)]))
    assert found is not None
    assert found.p == pytest.approx(1 / 10_001)


def test_equal_arms_differ_by_nothing(ratio: Build) -> None:
    """A strategy that never rewinds is Plain; rounding must not make a finding of it."""
    arm = ratio([0.1 * i for i in range(30)], [3.0 + i for i in range(30)])
    found = compare(arm, arm)
    assert found is not None
    assert (found.difference, found.p, found.d_z) == (0.0, 1.0, None)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (0.0, 0.0)


def test_only_shared_prompts_are_compared(ratio: Build) -> None:
    """Pairing prompts of one arm with none would compare prompts, not strategies."""
    treated, control = ratio([1.0, 2.0, 50.0]), ratio([2.0, 4.0])
    found = compare(treated, control)
    assert found is not None
    assert (found.n, found.difference) == (2, -1.5)


def test_prompts_that_one_arm_says_nothing_about_are_left_out(ratio: Build) -> None:
    found = compare(ratio([1.0, 2.0, 3.0], [1.0, 1.0, 0.0]), ratio([2.0, 3.0, 9.0]))
    assert found is not None
    assert found.n == 2


def test_fewer_than_two_pairs_are_no_comparison(ratio: Build) -> None:
    assert compare(ratio([1.0]), ratio([2.0])) is None
    assert compare(ratio([]), ratio([])) is None


def test_half_of_the_swaps_stand_for_all() -> None:
    """With their complements they are all 2^n, each once."""
    half = swaps(6)
    assert len(np.unique(np.concatenate([half, 1 - half]), axis=0)) == 2 * len(half) == 64


@pytest.mark.slow
def test_false_findings_are_as_rare_as_they_should_be(ratio: Build) -> None:
    """1,000 experiments without a difference: p < 0.05 in 3 to 7 of 100."""
    found = 0
    for seed in range(1_000):
        generator = np.random.default_rng(seed)
        rate = generator.gamma(4.0, 0.5, 30)
        a, b = (generator.poisson(rate).astype(float) for _ in range(2))
        lengths = [generator.integers(80, 160, 30).astype(float) for _ in range(2)]
        comparison = compare(ratio(list(a), list(lengths[0])), ratio(list(b), list(lengths[1])))
        assert comparison is not None
        found += comparison.p < 0.05
    assert 0.03 <= found / 1_000 <= 0.07
