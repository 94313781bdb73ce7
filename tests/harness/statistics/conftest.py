from collections.abc import Callable, Sequence

import pytest

from harness.scoring import RatioMeasurement


@pytest.fixture
def ratio() -> Callable[..., RatioMeasurement]:
    """A measurement with one prompt per number; denominators are 1 unless given."""

    def build(
        numerator: Sequence[float], denominator: Sequence[float] | None = None, unit: str = "u", **fields: float
    ) -> RatioMeasurement:
        ids = [f"p{index:04d}" for index in range(len(numerator))]
        below = dict(zip(ids, denominator or [1.0] * len(ids), strict=True))
        return RatioMeasurement("m", unit, "lower", dict(zip(ids, numerator, strict=True)), below, **fields)  # type: ignore[arg-type]

    return build
