"""The random matrices behind every interval and p-value, drawn once per number of prompts for all jobs and metrics.

Sharing makes a sweep of a thousand jobs cheap, and comparisons paired: resample b takes the same prompts in every arm.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 20_101_510
# Up to this many prompts all 2^n swaps are listed and the permutation p-value is exact.
EXACT_PROMPTS = 16
# Numbers converted at a time: a block that stays in the processor's cache beats a whole matrix of floats.
BLOCK = 2**18

Floats = NDArray[np.float64]
Counts = NDArray[np.uint8]


@lru_cache(maxsize=4)
def resampling_weights(n: int) -> Counts:
    """[RESAMPLES, n]: how often each prompt is in each bootstrap resample; rows sum to n (multinomial; Efron 1979)."""
    drawn = np.random.default_rng([SEED, n]).multinomial(n, np.full(n, 1.0 / n), size=RESAMPLES)
    return _frozen(drawn)


@lru_cache(maxsize=4)
def swaps(n: int) -> Counts:
    """[P, n] of 0 and 1: which prompts exchange their arms. All swaps for n ≤ `EXACT_PROMPTS`, else `RESAMPLES` draws.

    Swapping the other prompts instead only turns the sign of a difference, so a two-sided test needs half of the 2^n:
    the last prompt stays.
    """
    if n <= EXACT_PROMPTS:
        return _frozen((np.arange(2 ** (n - 1))[:, None] >> np.arange(n)) & 1)
    return _frozen(np.random.default_rng([SEED, n, 1]).integers(0, 2, size=(RESAMPLES, n)))


def weighted_sums(counts: Counts, parts: Floats) -> Floats:
    """counts [R, n] @ parts [n, k] → [R, k], converting the small integers block by block."""
    step = max(1, BLOCK // counts.shape[1])
    blocks = [counts[start : start + step].astype(np.float64) @ parts for start in range(0, len(counts), step)]
    return np.concatenate(blocks)


def _frozen(counts: NDArray[np.int64]) -> Counts:
    """As bytes, read-only because cached. That a prompt is taken more than 255 times has a chance below 1e-300."""
    small = counts.astype(np.uint8)
    small.flags.writeable = False
    return small
