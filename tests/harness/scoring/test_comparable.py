"""What a primary family or a margin may name."""

from __future__ import annotations

from collections.abc import Callable

from harness.scoring import Context, RatioMeasurement, comparable, measure
from harness.statistics.multiplicity import PRIMARY
from harness.store.records import Sample

Build = Callable[..., Sample]


def test_the_default_family_is_comparable() -> None:
    assert set(PRIMARY) <= set(comparable())


def test_numbers_of_a_set_and_of_groups_not_selected_are_not() -> None:
    """They have no comparison, so the family that holds them would silently be smaller."""
    assert "diversity.self_bleu" not in comparable()
    assert "sites.per_1k_kept" not in comparable()
    assert "sites.per_1k_kept" in comparable(["sites"])


def test_a_reference_may_be_declared_before_it_has_read_anything() -> None:
    """It reads when the sweep is done, but a family is declared before looking."""
    assert {"reference.bits_per_byte", "reference.left_out_share"} <= set(comparable(["slop"]))


def test_what_texts_give_is_known_without_texts(sample: Build) -> None:
    """Known names come from scoring no samples; a metric that only appears with some would be refused."""
    texts = [sample("the cat sat on the mat", prompt_id=prompt) for prompt in "ab"]
    lists = Context(phrases=("cat",), heldout=("mat",), regexes=("sat",), trigrams=("cat sat on",))
    given = {name for name, found in measure(texts, lists).items() if isinstance(found, RatioMeasurement)}
    assert given <= set(comparable())
