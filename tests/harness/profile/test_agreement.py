"""Guards: a list that looks good because its entries never occur, or because they compete for the same text."""

from __future__ import annotations

import pytest

from harness.profile.agreement import agreement
from harness.profile.corpus import Text

TEXTS = [Text("a", "Her heart skipped a beat. The dog barked."), Text("b", "A heart skipped, the dog too. Mist.")]


def test_overlap_decides_and_not_spelling() -> None:
    agreed = agreement(TEXTS, ["heart skipped", "dog", "never said"], ["skipped a beat", "mist", "nor this"])
    assert (agreed.found, agreed.known) == (2, 2)
    assert (agreed.wrong, agreed.missed) == (("dog",), ("mist",))
    assert (agreed.precision, agreed.recall) == (0.5, 0.5)


def test_half_of_the_occurrences_must_meet() -> None:
    texts = [*TEXTS, Text("c", "heart skipped. heart skipped")]
    assert agreement(texts, ["heart skipped"], ["skipped a beat"]).wrong == ("heart skipped",)


@pytest.mark.parametrize(("least", "recall"), [(1, 0.5), (2, 1.0), (3, None)])
def test_what_occurs_too_seldom_to_be_found_is_no_miss(least: int, recall: float | None) -> None:
    assert agreement(TEXTS, ["heart skipped"], ["heart", "mist"], least).recall == recall


def test_entries_of_one_list_do_not_hide_each_other() -> None:
    assert agreement(TEXTS, ["heart"], ["heart skipped a beat", "heart"]).recall == 1.0
