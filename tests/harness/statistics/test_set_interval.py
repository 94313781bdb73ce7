import numpy as np
import pytest

from harness.statistics.set_interval import jackknife_interval


def test_of_a_mean_it_is_the_textbooks_interval() -> None:
    """The jackknife of a mean is s/√n but for n/(n − 1): leaving out x_i moves the mean by (x_i − mean)/(n − 1)."""
    values = np.random.default_rng(0).normal(size=40)
    left_out = [np.delete(values, index).mean() for index in range(40)]
    interval = jackknife_interval(float(values.mean()), left_out)
    assert interval is not None
    expected = 1.959964 * values.std(ddof=1) / np.sqrt(39)
    assert interval.high - values.mean() == pytest.approx(expected)
    assert values.mean() - interval.low == pytest.approx(expected)


def test_a_shift_by_size_is_no_spread() -> None:
    """distinct-n rises whenever a text leaves; were that spread, every interval would be wide."""
    interval = jackknife_interval(0.5, [0.6] * 30)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((0.5, 0.5))


def test_one_prompt_has_no_interval() -> None:
    assert jackknife_interval(0.5, []) is None
    assert jackknife_interval(0.5, [0.4]) is None
