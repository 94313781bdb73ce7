"""How large a difference is, in units that need no metric, and how small a one could have been found."""

import math

import numpy as np
from scipy.special import ndtri

from harness.statistics.resampling import Floats

ALPHA = 0.05
POWER = 0.80


def cliffs_delta(treated: Floats, control: Floats) -> float:
    """P(treated > control) − P(treated < control) over all pairs of two prompts' values (Cliff 1993); ties count none.

    −1 or 1: the arms do not overlap. It ignores which prompts belong together; d_z is about that.
    """
    ordered = np.sort(control)
    below = np.searchsorted(ordered, treated, side="left")
    above = control.size - np.searchsorted(ordered, treated, side="right")
    return float((below - above).sum()) / (treated.size * control.size)


def detectable_d_z(n: int) -> float:
    """Smallest standardised paired effect found with chance `POWER` at two-sided `ALPHA`: (z₀.₉₇₅ + z₀.₈) / √n.

    About 2.80 / √n (Cohen 1988, normal approximation): 0.50 at 32 prompts, 0.28 at 100. Without correction.
    """
    return float(ndtri(1.0 - ALPHA / 2.0) + ndtri(POWER)) / math.sqrt(n)
