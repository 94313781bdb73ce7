"""AdaptiveTemperature: the published polynomial, only ever sharper, nothing below half a nat."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sampler import Decoding
from sampler.law import exact_law
from strategies import AdaptiveTemperature
from strategies.adaptive_temperature import POLYNOMIAL, sharpness
from tests.models import bigram


def test_the_polynomial_is_read_highest_power_first():
    for entropy in (0.6, 1.0, 2.0, 3.5):
        assert sharpness(entropy) == pytest.approx(max(np.polyval(POLYNOMIAL, entropy), 1.0))


def test_never_softer_and_nothing_below_half_a_nat():
    assert sharpness(0.5) == 1.0
    assert sharpness(0.500001) == 1.0  # the polynomial is below 1 there
    assert all(sharpness(h / 10) >= 1 for h in range(120))
    assert sharpness(2.0) > 1


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_the_law_is_the_power_of_the_tempered_row(temperature):
    """The entropy is that of the row at the draw's temperature; impossible tokens count nothing."""
    row = [0.4, 0.3, 0.3, 0.0]
    backend = bigram(["a", "b", "c", "d"], [row] * 5)
    tempered = [p ** (1 / temperature) if p else 0.0 for p in row]
    tempered = [p / sum(tempered) for p in tempered]
    beta = sharpness(-sum(p * math.log(p) for p in tempered if p))
    assert beta > 1
    weights = [p**beta if p else 0.0 for p in tempered]
    law = exact_law(backend, AdaptiveTemperature(), decoding=Decoding(temperature=temperature), max_new_tokens=1)
    assert law.probability == pytest.approx({(i,): w / sum(weights) for i, w in enumerate(weights) if w})
