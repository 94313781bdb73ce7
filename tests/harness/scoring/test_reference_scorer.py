"""Readings become a ratio per prompt, without a model."""

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.scoring import Context, RatioMeasurement, measure
from harness.scoring.readings import Reading, Reference
from harness.scoring.reference import FILE, one_judge, read_reference, reading_key, with_judge, write_reference
from harness.scoring.summary import summarise
from harness.store.records import Sample, write_json

MODEL = {"label": "m", "weights": "ab" * 32}
READINGS = {
    ("p0", "aa"): Reading(4.0, 2),
    ("p0", "bbbb"): Reading(1.0, 4),
    ("p1", "cc"): Reading(None, 2, "it is too long"),
    ("p2", "dd"): Reading(3.0, 2),
}
FOUND = Reference(MODEL, {reading_key(*key): reading for key, reading in READINGS.items()})


def samples(*rest: tuple[str, str]) -> list[Sample]:
    cells = [*READINGS, *rest]
    return [Sample(prompt, n, prompt, text, (), "eos", (), {}, ()) for n, (prompt, text) in enumerate(cells)]


def measured(found: Reference | None, texts: list[Sample]) -> dict[str, RatioMeasurement]:
    return {key: m for key, m in measure(texts, Context(reference=found), ["slop"]).items() if "reference" in key}  # type: ignore[misc]


def test_bits_and_bytes_are_summed_by_prompt_and_what_has_none_is_in_neither_sum() -> None:
    """It runs though only slop is selected: the reference was asked by name."""
    found = measured(FOUND, samples())
    assert found["reference.bits_per_byte"].numerator == {"p0": 5.0, "p1": 0.0, "p2": 3.0}
    assert found["reference.bits_per_byte"].denominator == {"p0": 6, "p1": 0, "p2": 2}
    assert found["reference.left_out_share"].numerator == {"p0": 0, "p1": 1, "p2": 0}
    entry = with_judge(summarise(found), FOUND)["reference"]["bits_per_byte"]
    assert (entry["value"], entry["n"], entry["model"]) == (1.0, 2, MODEL)


def test_without_a_reference_nothing_is_said() -> None:
    assert measured(None, samples()) == {}


def test_a_text_that_changed_since_has_no_reading() -> None:
    """Bits of another text after the same prompt would pass for its own."""
    found = measured(FOUND, samples(("p2", "new")))
    assert found["reference.bits_per_byte"].denominator["p2"] == 2
    assert found["reference.left_out_share"].numerator["p2"] == 1


def test_nothing_readable_is_undefined_and_says_why() -> None:
    entry = summarise(measured(FOUND, samples()[2:3]))["reference"]["bits_per_byte"]
    assert (entry["value"], entry["reason"]) == (None, "it is too long")


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_reference(tmp_path) is None
    write_reference(tmp_path, FOUND)
    assert read_reference(tmp_path) == FOUND
    write_json(tmp_path / FILE, {"schema": 0})
    with pytest.raises(InputError, match=r"reference.json=.*delete it and give --reference again"):
        read_reference(tmp_path)


def test_arms_read_by_two_models_are_not_compared(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    write_reference(folders[0], FOUND)
    one_judge(folders)
    write_reference(folders[2], Reference({**MODEL, "weights": "cd" * 32}, {}))
    with pytest.raises(InputError, match="another model than that of a; give all arms the same --reference"):
        one_judge(folders)


def test_a_reading_has_bits_or_a_reason() -> None:
    with pytest.raises(ValueError, match="bits or a reason"):
        Reading(None, 3)
