"""What is kept between jobs and drawn in blocks: the same numbers as without."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.scoring.measurement import RatioMeasurement
from harness.statistics import resampling
from harness.statistics.ratio_parts import RECENT, ratio_parts
from harness.statistics.resampling import RESAMPLES, SEED, Remembered, resampling_weights, swaps, weighted_sums


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that 37 prompts take eleven draws, the last of them shorter."""
    monkeypatch.setattr(resampling, "DRAWN", 37 * 999)
    for matrices in (resampling_weights, swaps):
        monkeypatch.setattr(matrices, "_held", type(matrices._held)())


@pytest.mark.usefixtures("small_blocks")
def test_blocks_are_one_draw() -> None:
    """A block that started its generator anew, or dropped a half-used number, would repeat or shift the rest."""
    whole = np.random.default_rng([SEED, 37]).multinomial(37, np.full(37, 1 / 37), size=RESAMPLES)
    assert np.array_equal(resampling_weights(37), whole)
    coins = np.random.default_rng([SEED, 37, 1]).integers(0, 2, size=(RESAMPLES, 37))
    assert np.array_equal(swaps(37), coins)


@settings(max_examples=50)
@given(st.lists(st.integers(1, 6), max_size=30))
def test_matrices_are_kept_up_to_their_bytes_and_the_latest_longest(asked: list[int]) -> None:
    """Of a matrix that is larger than all that may be kept, nothing else is kept."""
    made: list[int] = []

    def make(n: int) -> resampling.Counts:
        made.append(n)
        return np.zeros((resampling.HELD // 10 // 100 * n, 100), dtype=np.uint8)  # n tenths of what may be kept

    matrices = Remembered(make)
    recent: list[int] = []
    for n in asked:
        known = n in recent
        before = len(made)
        assert matrices(n).nbytes == resampling.HELD // 10 // 100 * n * 100
        assert (len(made) == before) == known
        recent = [*(other for other in recent if other != n), n]
        while sum(recent) > 10:
            recent.pop(0)


def test_an_arm_is_resampled_once_for_its_estimate_and_all_its_comparisons() -> None:
    measurement = _measurement(7.0)
    assert ratio_parts(measurement, ("a", "b")) is ratio_parts(measurement, ["a", "b"])
    assert ratio_parts(measurement, ("b", "a")) is not ratio_parts(measurement, ("a", "b"))


def test_parts_are_never_those_of_another_measurement() -> None:
    """Measurements come and go, and their places in memory are used again: what is kept must not be mixed up."""
    for number in range(3 * RECENT):
        parts = ratio_parts(_measurement(float(number)), ("a", "b"))
        assert parts.sums.tolist() == [number + 1.0, 3.0]
        assert parts.replicates[0] == parts.of_sums(weighted_sums(resampling_weights(2), parts.parts))[0]
        gc.collect(0)


def _measurement(numerator: float) -> RatioMeasurement:
    return RatioMeasurement("m", "u", "lower", {"a": numerator, "b": 1.0}, {"a": 1.0, "b": 2.0})
