import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scoring.log_odds import log_odds

COUNTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 50), min_size=2)


def test_by_hand() -> None:
    """a0 = 10 over a prior of 3 : 1 : 1 gives 6, 2, 2; every other number is worked out below."""
    found = log_odds({"x": 8, "y": 2}, {"x": 1, "z": 4}, {"x": 3, "y": 1, "z": 1}, a0=10.0)
    delta = math.log(14 / (10 + 10 - 14)) - math.log(7 / (5 + 10 - 7))
    assert found["x"].log_ratio == pytest.approx(delta)
    assert found["x"].z == pytest.approx(delta / math.sqrt(1 / 14 + 1 / 7))
    assert found["z"].log_ratio == pytest.approx(math.log(2 / 18) - math.log(6 / 9))


def test_what_was_seen_often_outranks_what_was_seen_once() -> None:
    """The trap of plain ratios: once against never is an infinite ratio, and says nothing."""
    found = log_odds({"tapestry": 90, "the": 900, "zebu": 1}, {"tapestry": 10, "the": 990})
    assert max(found, key=lambda gram: found[gram].z) == "tapestry"


def test_a_word_that_the_prior_lacks_weighs_as_its_rarest() -> None:
    """Weight 0 would make an infinite logarithm of every name that no human list holds."""
    prior = {"a": 5.0, "b": 1.0}
    assert log_odds({"a": 1, "new": 3}, {"b": 2}, prior) == log_odds(
        {"a": 1, "new": 3}, {"b": 2}, {**prior, "new": 1.0}
    )


def test_what_only_the_prior_knows_keeps_its_share() -> None:
    """Else a prior from a whole language would weigh more on the few words at hand."""
    few = log_odds({"a": 4, "b": 1}, {"a": 1, "b": 4}, {"a": 1.0, "b": 1.0}, a0=10.0)["a"]
    many = log_odds({"a": 4, "b": 1}, {"a": 1, "b": 4}, {"a": 1.0, "b": 1.0, "c": 8.0}, a0=10.0)["a"]
    assert few.log_ratio == pytest.approx(math.log(9 / 6) - math.log(6 / 9))
    assert many.log_ratio == pytest.approx(math.log(5 / 10) - math.log(2 / 13))


@given(COUNTS, COUNTS)
def test_exchanging_the_sides_turns_the_sign(a: dict[str, int], b: dict[str, int]) -> None:
    there, back = log_odds(a, b), log_odds(b, a)
    assert set(there) == set(a) | set(b)
    for gram, odds in there.items():
        assert odds.log_ratio == pytest.approx(-back[gram].log_ratio)
        assert odds.z == pytest.approx(-back[gram].z)


@given(COUNTS)
def test_equal_texts_differ_in_nothing(counts: dict[str, int]) -> None:
    assert all(odds.z == 0 for odds in log_odds(counts, dict(counts)).values())


def test_a_lone_word_has_no_odds() -> None:
    assert log_odds({"a": 3}, {"a": 1}) == {}
    assert log_odds({}, {}) == {}


@pytest.mark.parametrize(
    ("a", "prior", "a0", "said"),
    [
        ({"a": 1, "b": 1}, None, 0.0, "a0=0.0"),
        ({"a": -1, "b": 1}, None, 1.0, "count is below 0"),
        ({"a": 1, "b": 1}, {"a": 0.0}, 1.0, "frequency of 0"),
    ],
)
def test_what_cannot_be_is_refused(a: dict[str, float], prior: dict[str, float] | None, a0: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        log_odds(a, {"a": 1}, prior, a0)
