import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scoring import Context, RatioMeasurement, SetMeasurement, measure
from harness.scoring.diversity_more import VOCABULARY, expectation_adjusted, unrepeated
from harness.scoring.vendi import MAX_TEXTS, effective_number, vendi
from harness.store.records import Sample

Build = Callable[..., Sample]


def more(*samples: Sample) -> dict[str, RatioMeasurement | SetMeasurement]:
    measured = measure(samples, Context(), ["diversity_more"])
    return {key.removeprefix("diversity_more."): value for key, value in measured.items()}


def test_the_product_by_hand() -> None:
    """a b a b a: of 4 pairs 2 are distinct, of 3 triples 2, of 2 fours 2."""
    assert unrepeated(["a", "b", "a", "b", "a"]) == pytest.approx(2 / 4 * 2 / 3 * 2 / 2)
    assert unrepeated(["a", "b", "c"]) is None


def test_repetition_by_hand(sample: Build) -> None:
    found = more(sample("a b a b a"))
    assert found["rep_2"].numerator["p"] == pytest.approx(1 / 2)  # type: ignore[union-attr]
    assert found["rep_3"].numerator["p"] == pytest.approx(1 / 3)  # type: ignore[union-attr]


def test_ead_does_not_fall_with_length() -> None:
    """Random draws from the whole vocabulary have distinct-1 near 0.5 at this length, but EAD 1."""
    drawn = np.random.default_rng(0).integers(0, VOCABULARY, 60_000)
    assert len(np.unique(drawn)) / len(drawn) < 0.45
    assert expectation_adjusted(len(np.unique(drawn)), len(drawn)) == pytest.approx(1.0, abs=0.01)


@given(st.integers(1, 200))
def test_ead_is_its_formula(total: int) -> None:
    expected = VOCABULARY * (1 - ((VOCABULARY - 1) / VOCABULARY) ** total)
    assert expectation_adjusted(1, total) == pytest.approx(1 / expected, rel=1e-9)


def test_vendi_of_two_is_a_closed_form() -> None:
    """The eigenvalues of [[1, c], [c, 1]] / 2 are (1 ± c) / 2."""
    c = 0.3
    values = ((1 + c) / 2, (1 - c) / 2)
    expected = math.exp(-sum(value * math.log(value) for value in values))
    assert effective_number(np.array([[1.0, c], [c, 1.0]])) == pytest.approx(expected)


def test_vendi_counts_groups() -> None:
    """Three copies of one text and three of another, without a common n-gram, are two texts."""
    texts = {("a", i): "aaaa bbbb" for i in range(3)} | {("b", i): "xyzw qrst" for i in range(3)}
    assert vendi(texts) == (pytest.approx(2.0), 6)


def test_vendi_sees_no_case_and_no_white_space() -> None:
    assert vendi({("a", 0): "The  cat\nsat", ("b", 0): "the cat sat"}) == (pytest.approx(1.0), 2)


@given(
    st.lists(
        st.text("abcd ", min_size=8, max_size=30).filter(lambda text: len(text.split()) == 1), min_size=2, max_size=8
    )
)
def test_vendi_lies_between_one_and_n(texts: list[str]) -> None:
    value, n = vendi({(f"p{i}", 0): text.strip() for i, text in enumerate(texts)})
    if value is None:
        assert n < 2
    else:
        assert 1 - 1e-9 <= value <= n + 1e-9


def test_vendi_takes_the_same_cells_whatever_the_order() -> None:
    texts = {(f"p{i}", 0): f"text number {i * i} of many" for i in range(MAX_TEXTS + 20)}
    assert vendi(texts) == vendi(dict(reversed(texts.items())))
    assert vendi(texts)[1] == MAX_TEXTS


def test_one_text_has_no_vendi_score(sample: Build) -> None:
    """A score of 1 would say that it was compared."""
    found = more(sample("one text"), sample("abc", "q"))["vendi"]
    assert isinstance(found, SetMeasurement)
    assert (found.value, found.n, found.reason) == (None, 1, "fewer than two texts have four characters")
