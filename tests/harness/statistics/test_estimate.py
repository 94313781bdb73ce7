from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.scoring import RatioMeasurement, SetMeasurement
from harness.statistics import estimate
from harness.statistics.interval import bootstrap_interval
from harness.statistics.resampling import RESAMPLES, resampling_weights, weighted_sums

Build = Callable[..., RatioMeasurement]


def skewed(n: int, seed: int = 1) -> tuple[list[float], list[float]]:
    generator = np.random.default_rng(seed)
    return list(generator.exponential(2.0, n)), list(generator.integers(50, 150, n).astype(float))


def test_value_is_a_ratio_of_sums(ratio: Build) -> None:
    assert estimate(ratio([1, 3], [10, 30], scale=1000.0)).value == pytest.approx(100.0)
    assert estimate(ratio([3, 3], [10, 50])).value == pytest.approx(0.1)  # the mean of ratios is 0.18


@pytest.mark.parametrize("n", [12, 60])
def test_bca_agrees_with_scipy(ratio: Build, n: int) -> None:
    """Numerators and denominators resampled together; the tolerance is the Monte Carlo noise of two 10,000s."""
    numerator, denominator = skewed(n)

    def statistic(a: np.ndarray, b: np.ndarray, axis: int) -> np.ndarray:
        return a.sum(axis=axis) / b.sum(axis=axis)

    theirs = stats.bootstrap(
        (numerator, denominator), statistic, paired=True, n_resamples=20_000, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    ours = estimate(ratio(numerator, denominator)).interval
    assert ours is not None
    assert ours.method == "bca"
    width = theirs.high - theirs.low
    assert ours.low == pytest.approx(theirs.low, abs=0.04 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.04 * width)


def test_nothing_seen_is_bounded_not_certain(ratio: Build) -> None:
    """[0, 0] would claim certainty; the rule of three says 3/N per unit of the denominator."""
    found = estimate(ratio([0, 0, 0], [100, 100, 100], scale=1000.0))
    assert found.value == 0.0
    assert found.interval is not None
    assert (found.interval.low, found.interval.high, found.interval.method) == (0.0, 10.0, "rule_of_three")


def test_of_two_texts_a_share_is_not_above_the_whole(ratio: Build) -> None:
    """3/2 of the texts is no bound, and stretches the axes of figures."""
    interval = estimate(ratio([0, 0], [1, 1], unit="share of texts")).interval
    assert interval is not None
    assert (interval.low, interval.high) == (0.0, 1.0)


def test_constant_values_fall_back_to_percentile(ratio: Build) -> None:
    """All shares 1: the jackknife does not vary and BCa would divide by zero."""
    interval = estimate(ratio([1.0] * 8)).interval
    assert interval is not None
    assert (interval.low, interval.high, interval.method) == (1.0, 1.0, "percentile")


def test_one_prompt_has_no_interval(ratio: Build) -> None:
    found = estimate(ratio([2.0], [4.0]))
    assert (found.value, found.interval, found.n) == (0.5, None, 1)


def test_no_denominator_is_undefined_with_a_reason(ratio: Build) -> None:
    found = estimate(ratio([0, 0], [0, 0], reason="no rewind"))
    assert (found.value, found.interval, found.n, found.reason) == (None, None, 0, "no rewind")


def test_n_counts_the_prompts_that_speak(ratio: Build) -> None:
    assert estimate(ratio([1, 2, 0], [1, 1, 0])).n == 2


def test_an_interval_needs_nearly_all_resamples(ratio: Build) -> None:
    """One speaking prompt of ten and a second: a third of the resamples say nothing, and the rest is no interval."""
    assert estimate(ratio([1, 3] + [0] * 18, [1, 1] + [0] * 18)).interval is None


def test_set_measurements_are_never_resampled() -> None:
    found = estimate(SetMeasurement("self_bleu", "BLEU", "lower", 0.4, 50))
    assert (found.value, found.interval, found.n) == (0.4, None, 50)


def test_weights_are_drawn_once_and_sum_to_n() -> None:
    weights = resampling_weights(37)
    assert weights is resampling_weights(37)
    assert weights.shape == (RESAMPLES, 37)
    assert (weights.sum(axis=1) == 37).all()
    assert weights.mean() == pytest.approx(1.0)
    assert weights.var() == pytest.approx(1 - 1 / 37, rel=0.02)  # a multinomial count's variance
    with pytest.raises(ValueError, match="read-only"):
        weights[0, 0] = 3


def test_blocks_sum_like_one_product() -> None:
    """The last, shorter block must not be lost."""
    weights = resampling_weights(101)
    parts = np.random.default_rng(0).normal(size=(101, 2))
    assert weighted_sums(weights, parts) == pytest.approx(weights.astype(float) @ parts)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0.5, 99)), min_size=2, max_size=12), st.floats(0.01, 1000))
def test_scale_scales_value_and_interval(pairs: list[tuple[float, float]], scale: float) -> None:
    numerator = {f"p{i}": pair[0] for i, pair in enumerate(pairs)}
    denominator = {f"p{i}": pair[1] for i, pair in enumerate(pairs)}
    one = estimate(RatioMeasurement("m", "u", "lower", numerator, denominator))
    many = estimate(RatioMeasurement("m", "u", "lower", numerator, denominator, scale=scale))
    assert many.value == pytest.approx(scale * (one.value or 0.0))
    assert one.interval is not None
    assert many.interval is not None
    assert many.interval.low == pytest.approx(scale * one.interval.low, rel=1e-3, abs=1e-9)
    assert many.interval.low <= many.interval.high


def test_order_of_prompts_does_not_matter() -> None:
    """Runs list prompts in the order they finished; the numbers must not depend on it."""
    numerator, denominator = skewed(20)
    ids = [f"p{i}" for i in range(20)]
    forward = RatioMeasurement(
        "m", "u", "lower", dict(zip(ids, numerator, strict=True)), dict(zip(ids, denominator, strict=True))
    )
    backward = RatioMeasurement(
        "m", "u", "lower", dict(reversed(forward.numerator.items())), dict(reversed(forward.denominator.items()))
    )
    assert estimate(forward) == estimate(backward)


def test_interval_survives_undefined_corners() -> None:
    nothing = np.full(100, np.nan)
    assert bootstrap_interval(1.0, nothing, np.array([1.0, 2.0])) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "replicates",
    [[0.0, 0.0, 0.0], [1.0, 1.0, 2.0], [0.5, 0.5, 0.5], [1.0, float("nan")] * 2, [1e-200, 2e-200, 3e-200]],
    ids=["all zero", "one side", "constant elsewhere", "half undefined", "tiny"],
)
@pytest.mark.parametrize("jackknife", [[1.0, 1.0], [1.0, 2.0, 4.0], [1e-200, 2e-200], [float("nan"), 1.0, 2.0]])
def test_no_corner_is_nan_or_warns(replicates: list[float], jackknife: list[float]) -> None:
    """BCa of a constant sample is NaN in scipy, and all zeros is what a good ban leaves."""
    interval = bootstrap_interval(replicates[0], np.array(replicates), np.array(jackknife))
    assert interval is None or interval.low <= interval.high


def test_trials_are_the_n_of_zero_of_n(ratio: Build) -> None:
    assert estimate(ratio([0, 0], [40, 60])).trials == 100.0


def test_a_set_that_knows_itself_without_each_prompt_has_an_interval() -> None:
    found = estimate(SetMeasurement("d", "share", "higher", 0.5, 4, leave_one_out=(0.5, 0.5, 0.6, 0.4)))
    assert found.interval is not None
    assert found.interval.method == "jackknife"
    assert found.interval.high - 0.5 == pytest.approx(1.959964 * 0.02**0.5)


@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say() -> None:
    """1,000 experiments of 60 prompts, Poisson hits at a gamma-distributed rate: 93 to 97 of 100 hold the truth."""
    truth, covered, experiments = 0.02, 0, 1_000
    for seed in range(experiments):
        generator = np.random.default_rng(seed)
        lengths = generator.integers(80, 160, 60)
        hits = generator.poisson(truth * lengths * generator.gamma(4.0, 0.25, 60))
        ids = [f"p{i}" for i in range(60)]
        measurement = RatioMeasurement(
            "m",
            "u",
            "lower",
            dict(zip(ids, hits.astype(float), strict=True)),
            dict(zip(ids, lengths.astype(float), strict=True)),
        )
        interval = estimate(measurement).interval
        assert interval is not None
        covered += interval.low <= truth <= interval.high
    assert 0.93 <= covered / experiments <= 0.97
