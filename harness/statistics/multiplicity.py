"""Many comparisons: Holm within the declared primary family, Benjamini–Hochberg among the rest."""

from collections.abc import Collection, Hashable, Mapping
from typing import TypeVar

import numpy as np
from scipy.stats import false_discovery_control

ALPHA = 0.05
# The family declared before looking, unless the experiment declares its own (`primary_metrics`).
PRIMARY = (
    "slop.hits_per_1k_words",
    "slop.heldout_hits_per_1k_words",
    "fluency.logprob_per_token",
    "cost.forwards_per_kept",
    "diversity.mattr_50",
)

K = TypeVar("K", bound=Hashable)


def holm(p_values: Mapping[K, float]) -> dict[K, float]:
    """Step-down adjusted p-values (Holm 1979): they control the chance of any false claim in the family."""
    adjusted_p: dict[K, float] = {}
    highest = 0.0
    for rank, key in enumerate(sorted(p_values, key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[key]))
        adjusted_p[key] = highest
    return adjusted_p


def benjamini_hochberg(p_values: Mapping[K, float]) -> dict[K, float]:
    """Step-up adjusted p-values (Benjamini & Hochberg 1995): they bound the share of false claims among all claims."""
    corrected = false_discovery_control(np.array(list(p_values.values()))) if p_values else ()
    return {key: float(p) for key, p in zip(p_values, corrected, strict=True)}


def adjusted(p_values: Mapping[K, float], primary: Collection[K]) -> dict[K, float]:
    """Holm over the primary keys, Benjamini–Hochberg over all others."""
    family = {key: p for key, p in p_values.items() if key in primary}
    others = {key: p for key, p in p_values.items() if key not in primary}
    return holm(family) | benjamini_hochberg(others)
