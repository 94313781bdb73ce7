"""Vendi score: how many different texts a set is worth (Friedman & Dieng 2023)."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.scoring.cells import Key, first_by_hash

# The score grows with the number of texts, so it is capped, and printed as n.
MAX_TEXTS = 200
# Characters of an n-gram: long enough to tell words apart, short enough to see their endings.
ORDER = 4

Floats = NDArray[np.float64]


def vendi(texts: Mapping[Key, str]) -> tuple[float | None, int]:
    """exp(−Σ λ ln λ) over the eigenvalues of K / n, and n; None for fewer than two texts of 4 characters.

    K: cosines of TF-IDF vectors of character 4-grams. 1 for copies of one text, n for texts that share nothing.
    """
    normal = {key: _normal(text) for key, text in texts.items()}
    chosen = first_by_hash([key for key, text in normal.items() if len(text) >= ORDER], MAX_TEXTS)
    if len(chosen) < 2:
        return None, len(chosen)
    return effective_number(_cosines([Counter(_ngrams(normal[key])) for key in chosen])), len(chosen)


def effective_number(similarity: Floats) -> float:
    """The Vendi score of a similarity matrix [n, n] with ones on its diagonal."""
    values = np.linalg.eigvalsh(similarity / len(similarity))
    positive = values[values > 0]
    return float(np.exp(-(positive * np.log(positive)).sum()))


def _normal(text: str) -> str:
    """The NFKC, lower-cased text, with one space for any white space."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def _ngrams(normal: str) -> list[str]:
    return [normal[start : start + ORDER] for start in range(len(normal) - ORDER + 1)]


def _cosines(counted: Sequence[Counter[str]]) -> Floats:
    """[n, n]. Weight of an n-gram in a text: count · (ln((1 + n) / (1 + texts that have it)) + 1)."""
    spread = Counter(gram for counts in counted for gram in counts)
    columns = {gram: column for column, gram in enumerate(sorted(spread))}
    weights = np.zeros((len(counted), len(columns)))
    for row, counts in enumerate(counted):
        weights[row, [columns[gram] for gram in counts]] = list(counts.values())
    weights *= np.log((1.0 + len(counted)) / (1.0 + np.array([spread[gram] for gram in columns]))) + 1.0
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    return np.asarray(weights @ weights.T)
