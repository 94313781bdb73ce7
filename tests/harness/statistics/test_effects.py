"""Effect sizes, relative change, the margin: what stands beside a p-value."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.scoring import RatioMeasurement
from harness.statistics import compare
from harness.statistics.effect import cliffs_delta, detectable_d_z
from harness.statistics.equivalence import MARGINS, equivalence
from harness.statistics.multiplicity import PRIMARY

Build = Callable[..., RatioMeasurement]
counts = st.lists(st.integers(0, 5), min_size=1, max_size=8)


@given(counts, counts)
def test_cliffs_delta_is_the_count_over_all_pairs(treated: list[int], control: list[int]) -> None:
    signs = [np.sign(a - b) for a, b in product(treated, control)]
    assert cliffs_delta(np.array(treated, float), np.array(control, float)) == pytest.approx(np.mean(signs))


def test_cliffs_delta_by_hand(ratio: Build) -> None:
    """Per-prompt rates 0.1 and 0.5 against 0.2 and 0.5: below, below, above, equal."""
    found = compare(ratio([1, 5], [10, 10]), ratio([4, 1], [20, 2]))
    assert found is not None
    assert found.cliffs_delta == pytest.approx(-1 / 4)


@pytest.mark.parametrize(("n", "d_z"), [(32, 0.50), (100, 0.28), (200, 0.20), (300, 0.16)])
def test_detectable_effect_is_the_published_one(n: int, d_z: float) -> None:
    assert detectable_d_z(n) == pytest.approx(d_z, abs=0.005)


def test_detectable_effect_has_the_power_it_names() -> None:
    """The t-test's own power at that effect, from the noncentral t; the normal approximation costs few points."""
    n = 100
    critical = stats.t.ppf(0.975, n - 1)
    power = stats.nct.sf(critical, n - 1, detectable_d_z(n) * np.sqrt(n))
    assert power == pytest.approx(0.80, abs=0.02)


def test_detectable_is_in_the_metrics_unit(ratio: Build) -> None:
    """The same arms in hits per 1,000 words need a number a thousand times as large."""
    treated, control = [1, 4, 2, 3], [2, 4, 4, 1]
    one, many = (compare(ratio(treated, scale=s), ratio(control, scale=s)) for s in (1.0, 1000.0))
    assert one is not None
    assert many is not None
    assert one.detectable == pytest.approx(detectable_d_z(4) * np.std(np.subtract(treated, control), ddof=1))
    assert many.detectable == pytest.approx(1000 * one.detectable)


def test_relative_change_is_of_the_ratios(ratio: Build) -> None:
    """Ratios 2/10 and 8/20: half, where the mean of the prompts' own changes is another number."""
    found = compare(ratio([1, 1], [5, 5]), ratio([2, 6], [10, 10]))
    assert found is not None
    assert found.relative is not None
    assert found.relative.value == pytest.approx(-0.5)


def test_relative_change_agrees_with_scipys_bootstrap(ratio: Build) -> None:
    generator = np.random.default_rng(5)
    control = generator.poisson(20, 40).astype(float)
    treated = generator.poisson(0.4 * control).astype(float)
    theirs = stats.bootstrap(
        (treated, control),
        lambda a, b, axis: a.sum(axis=axis) / b.sum(axis=axis) - 1.0,
        paired=True,
        method="BCa",
        n_resamples=20_000,
        rng=np.random.default_rng(0),
    ).confidence_interval
    found = compare(ratio(list(treated)), ratio(list(control)))
    assert found is not None
    assert found.relative is not None
    assert found.relative.interval is not None
    width = theirs.high - theirs.low
    assert found.relative.interval.low == pytest.approx(theirs.low, abs=0.05 * width)
    assert found.relative.interval.high == pytest.approx(theirs.high, abs=0.05 * width)


def test_all_gone_is_bounded_not_certain(ratio: Build) -> None:
    """[−100 %, −100 %] would claim certainty from 300 words."""
    found = compare(ratio([0, 0, 0], [100] * 3), ratio([40, 50, 60], [100] * 3))
    assert found is not None
    assert found.relative is not None
    assert found.relative.interval is not None
    assert (found.relative.value, found.relative.interval.low) == (-1.0, -1.0)
    assert -1.0 < found.relative.interval.high < -0.9
    assert found.relative.interval.method == "rule_of_three"


@pytest.mark.parametrize(
    ("treated", "control"),
    [([1, 2], [0, 0]), ([-1, -2], [-3, -1]), ([1, -2], [3, 1])],
    ids=["Plain has none", "log", "sign"],
)
def test_no_share_of_what_has_none_or_is_negative(ratio: Build, treated: list[float], control: list[float]) -> None:
    """A log-probability of −1.9 is not 27 % above −1.5."""
    found = compare(ratio(treated), ratio(control))
    assert found is not None
    assert found.relative is None


def test_two_arms_that_saw_nothing_may_still_differ(ratio: Build) -> None:
    """[0, 0] would claim that they are the same; each may hide 3 in its own words."""
    found = compare(ratio([0, 0], [100, 200]), ratio([0, 0], [50, 50]))
    assert found is not None
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((-3 / 100, 3 / 300))
    assert found.p == 1.0


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.01, 0.01, "shown"),
        (-0.09, -0.01, "not shown"),
        (-0.2, -0.1, "lower"),
        (0.1, 0.2, "higher"),
        (-0.2, 0.2, "not shown"),
    ],
)
def test_the_verdict_is_where_the_interval_lies(low: float, high: float, verdict: str) -> None:
    replicates = np.linspace(low, high, 1001)
    found = equivalence((low + high) / 2, replicates, np.linspace(-1e-9, 1e-9, 9) + low, margin=0.05)
    assert found is not None
    assert found.verdict == verdict


def test_the_interval_of_two_one_sided_tests_is_of_90_percent(ratio: Build) -> None:
    """Against the paired t-test's: a 95 % interval would make equivalence a test at 2.5 %."""
    generator = np.random.default_rng(1)
    differences = generator.normal(0.0, 0.1, 80)
    found = compare(ratio(list(differences - 2.0)), ratio([-2.0] * 80), margin=0.05)
    theirs = stats.ttest_1samp(differences, 0.0).confidence_interval(0.90)
    assert found is not None
    assert found.equivalence is not None
    assert (found.equivalence.low, found.equivalence.high) == pytest.approx((theirs.low, theirs.high), abs=0.003)


def test_without_a_margin_nothing_is_said(ratio: Build) -> None:
    found = compare(ratio([1, 2]), ratio([1, 3]))
    assert found is not None
    assert found.equivalence is None


@pytest.mark.parametrize(("words", "verdict"), [(30, "not shown"), (3000, "shown")])
def test_two_arms_that_saw_nothing_are_the_same_only_if_they_looked_hard(
    ratio: Build, words: float, verdict: str
) -> None:
    """0 − 0 never varies: without what each may hide, 60 words would show equivalence."""
    found = compare(ratio([0, 0], [words] * 2), ratio([0, 0], [words] * 2), margin=0.01)
    assert found is not None
    assert found.equivalence is not None
    assert found.equivalence.verdict == verdict


def test_margins_are_of_declared_metrics() -> None:
    assert set(MARGINS) <= set(PRIMARY)
