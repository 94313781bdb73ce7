"""The random matrices behind every interval and p-value, drawn once per number of prompts for all jobs and metrics.

Sharing makes a sweep of a thousand jobs cheap, and comparisons paired: resample b takes the same prompts in every arm.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from functools import update_wrapper

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 20_101_510
# Up to this many prompts all 2^n swaps are listed and the permutation p-value is exact.
EXACT_PROMPTS = 16
# Numbers converted at a time: a block that stays in the processor's cache beats a whole matrix of floats.
BLOCK = 2**18
# Numbers drawn at a time: they are drawn as 8 bytes and kept as one.
DRAWN = 2**22
# Bytes of matrices that are kept: of a sweep's few hundred prompts each, all numbers of prompts that its metrics have.
HELD = 2**28

Floats = NDArray[np.float64]
Counts = NDArray[np.uint8]


class Remembered:
    """A function of n that makes a matrix, with the matrices asked for last, up to `HELD` bytes of them."""

    def __init__(self, make: Callable[[int], Counts]) -> None:
        self._make = make
        self._held: OrderedDict[int, Counts] = OrderedDict()
        update_wrapper(self, make)

    def __call__(self, n: int) -> Counts:
        if n not in self._held:
            self._keep(n, self._make(n))
        self._held.move_to_end(n)
        return self._held[n]

    def _keep(self, n: int, made: Counts) -> None:
        while self._held and made.nbytes + sum(matrix.nbytes for matrix in self._held.values()) > HELD:
            self._held.popitem(last=False)
        self._held[n] = made


@Remembered
def resampling_weights(n: int) -> Counts:
    """[RESAMPLES, n]: how often each prompt is in each bootstrap resample; rows sum to n (multinomial; Efron 1979)."""
    generator, shares = np.random.default_rng([SEED, n]), np.full(n, 1.0 / n)
    return _frozen(generator.multinomial(n, shares, size=rows) for rows in _blocks(n))


@Remembered
def swaps(n: int) -> Counts:
    """[P, n] of 0 and 1: which prompts exchange their arms. All swaps for n ≤ `EXACT_PROMPTS`, else `RESAMPLES` draws.

    Swapping the other prompts instead only turns the sign of a difference, so a two-sided test needs half of the 2^n:
    the last prompt stays.
    """
    if n <= EXACT_PROMPTS:
        return _frozen([(np.arange(2 ** (n - 1))[:, None] >> np.arange(n)) & 1])
    generator = np.random.default_rng([SEED, n, 1])
    return _frozen(generator.integers(0, 2, size=(rows, n)) for rows in _blocks(n))


def weighted_sums(counts: Counts, parts: Floats) -> Floats:
    """counts [R, n] @ parts [n, k] → [R, k], converting the small integers block by block."""
    step = max(1, BLOCK // counts.shape[1])
    blocks = [counts[start : start + step].astype(np.float64) @ parts for start in range(0, len(counts), step)]
    return np.concatenate(blocks)


def _blocks(n: int) -> Iterator[int]:
    """Numbers of rows that make up `RESAMPLES`: a generator's numbers are the same, however many are drawn at once."""
    step = max(1, DRAWN // n)
    for start in range(0, RESAMPLES, step):
        yield min(step, RESAMPLES - start)


def _frozen(blocks: Iterable[NDArray[np.int64]]) -> Counts:
    """As bytes, read-only because kept. That a prompt is taken more than 255 times has a chance below 1e-300."""
    small = np.concatenate([block.astype(np.uint8) for block in blocks])
    small.flags.writeable = False
    return small
