import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.judge.answer import Verdict
from harness.judge.tally import JudgedPair, scores, wins

verdicts = st.sampled_from([1.0, 0.5, 0.0, "refused", "unparsable", None])


def test_a_judge_of_positions_finds_no_difference_and_is_found_out() -> None:
    """Asked in one order only it would give the treated arm every pair."""
    won = wins([JudgedPair(f"p{i}", 1.0, 1.0) for i in range(20)])
    assert (won.rate.value, won.p) == (0.5, 1.0)
    assert (won.first_share, won.agreement) == (1.0, 0.0)


def test_a_judge_of_texts_agrees_with_itself() -> None:
    won = wins([JudgedPair(f"p{i}", 1.0, 0.0) for i in range(15)] + [JudgedPair(f"q{i}", 0.0, 1.0) for i in range(5)])
    assert won.rate.value == 0.75
    assert won.p == pytest.approx(stats.binomtest(15, 20).pvalue)
    assert (won.first_share, won.agreement) == (0.5, 1.0)
    assert won.rate.interval is not None
    assert won.rate.interval.low < 0.75 < won.rate.interval.high


def test_ties_count_half_and_lean_nowhere() -> None:
    won = wins([JudgedPair("a", 0.5, 0.5), JudgedPair("b", 1.0, 0.5), JudgedPair("c", 1.0, 1.0)])
    assert won.rate.value == pytest.approx((0.5 + 0.75 + 0.5) / 3)
    assert won.p == stats.binomtest(1, 1).pvalue


def test_repeats_are_one_prompt() -> None:
    """Thirty texts of one prompt are one vote, and one prompt has no interval."""
    won = wins([JudgedPair("p", 1.0, 0.0) for _ in range(29)] + [JudgedPair("p", 0.0, 1.0)])
    assert (won.rate.n, won.p, won.rate.interval) == (1, 1.0, None)


@pytest.mark.parametrize(("points", "expected"), [(1.0, (0.7, 1.0)), (0.0, (0.0, 0.3))])
def test_winning_all_is_not_certainty(points: float, expected: tuple[float, float]) -> None:
    won = wins([JudgedPair(f"p{i}", points, 1.0 - points) for i in range(10)])
    assert won.rate.interval is not None
    assert (won.rate.interval.low, won.rate.interval.high) == pytest.approx(expected)


def test_half_a_pair_is_none_and_is_counted() -> None:
    won = wins([JudgedPair("a", 1.0, "refused"), JudgedPair("b", None, "unparsable"), JudgedPair("c", 1.0, 0.0)])
    assert (won.pairs, won.rate.value, won.rate.n) == (1, 1.0, 1)
    assert won.counts == {"refused": 1, "unanswered": 1, "unparsable": 1}


def test_identical_texts_are_ties_that_say_nothing_of_the_judge() -> None:
    won = wins([JudgedPair("a", 0.5, 0.5, True), JudgedPair("b", 1.0, 0.0)])
    assert (won.rate.value, won.identical, won.pairs, won.agreement) == (0.75, 1, 2, 1.0)


def test_without_a_verdict_there_is_a_reason() -> None:
    won = wins([JudgedPair("a", None, None)])
    assert (won.rate.value, won.rate.reason, won.p) == (None, "the judge gave no verdict", 1.0)


@given(st.lists(st.builds(JudgedPair, st.sampled_from("abc"), verdicts, verdicts, st.just(False)), max_size=12))
def test_the_treated_arms_wins_are_plains_losses(judged: list[JudgedPair]) -> None:
    """Swapping the arms swaps the orders."""
    swapped = [JudgedPair(pair.prompt_id, pair.plain_first, pair.treated_first) for pair in judged]
    one, other = wins(judged), wins(swapped)
    assert (one.rate.value is None) == (other.rate.value is None)
    if one.rate.value is not None and other.rate.value is not None:
        assert one.rate.value == pytest.approx(1.0 - other.rate.value)
    assert one.p == pytest.approx(other.p)
    assert (one.first_share, one.agreement) == (other.first_share, other.agreement)


def test_scores_are_means_over_texts_with_prompts_as_units() -> None:
    graded: list[tuple[str, Verdict | None]] = [("a", 4.0), ("a", 6.0), ("b", 8.0), ("b", "refused"), ("c", None)]
    measurement, counts = scores(graded)
    assert (measurement.numerator, measurement.denominator) == ({"a": 10, "b": 8, "c": 0}, {"a": 2, "b": 1, "c": 0})
    assert counts == {"refused": 1, "unanswered": 1}
