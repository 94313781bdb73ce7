import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics import adjusted
from harness.statistics.multiplicity import benjamini_hochberg, holm


def test_holm_by_hand() -> None:
    """Holm 1979: 0.005·4, 0.01·3, 0.03·2, then the running maximum over 0.04·1."""
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert found == pytest.approx({"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02})


def test_benjamini_hochberg_by_hand() -> None:
    """0.01·4/1, then min(0.02·4/2, 0.03·4/3, 0.5·4/4) from the right."""
    found = benjamini_hochberg({"a": 0.01, "b": 0.02, "c": 0.03, "d": 0.5})
    assert found == pytest.approx({"a": 0.04, "b": 0.04, "c": 0.04, "d": 0.5})


def test_nothing_to_correct() -> None:
    assert adjusted({}, set()) == {}


def test_exploratory_metrics_do_not_dilute_the_primary_family() -> None:
    """Adding a metric nobody declared must not cost a declared finding its star."""
    few = adjusted({"a": 0.02, "b": 0.01}, {"a", "b"})
    many = adjusted({"a": 0.02, "b": 0.01, **{f"x{i}": 0.9 for i in range(50)}}, {"a", "b"})
    assert (many["a"], many["b"]) == (few["a"], few["b"])


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1), st.sets(st.text(max_size=3)))
def test_correction_only_raises_p(p_values: dict[str, float], primary: set[str]) -> None:
    found = adjusted(p_values, primary)
    assert found.keys() == p_values.keys()
    assert all(p_values[key] - 1e-12 <= found[key] <= 1.0 for key in p_values)


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1))
def test_holm_keeps_the_order(p_values: dict[str, float]) -> None:
    found = holm(p_values)
    ranked = sorted(p_values, key=p_values.__getitem__)
    assert all(found[a] <= found[b] for a, b in itertools.pairwise(ranked))
