"""Texts that fail: counted, reported, tried again, and no reason to stop."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from harness.config.reading import from_config
from harness.errors import InputError
from harness.store.failures import are_too_many
from tests.faults.running import SMALL, run, samples, statuses
from tests.faults.spoilt_model import write_spoilt_model

pytestmark = pytest.mark.slow
SWEEP = ("strategy=plain", "dataset.limit=12", "decoding.max_new_tokens=20")


@pytest.fixture
def spoilt(tmp_path: Path) -> tuple[str, ...]:
    folder = write_spoilt_model(tmp_path / "spoilt", word=" with")
    return ("model=hf", f"model.name={folder}", *SMALL[1:], *SWEEP)


@pytest.mark.parametrize(
    ("count", "limit", "too_many"),
    [
        (0, 1, False), (1, 1, True), (1, 2, False), (2, 2, True),
        (1, 0.1, True), (1, 0.11, False), (9, None, False), (0, 0.1, False),
    ],
)  # fmt: skip
def test_the_limit_is_a_share_below_1_and_a_number_from_1_on(count: int, limit: float | None, too_many: bool) -> None:
    assert are_too_many(count, 10, limit) is too_many


def test_few_failures_leave_the_job_done_and_stand_in_the_report(tmp_path: Path, spoilt: tuple[str, ...]) -> None:
    code, _, _ = run(tmp_path, *spoilt, "fail_on_error=null")
    assert code == 0
    (status,) = statuses(tmp_path)
    records = [json.loads(line) for line in samples(tmp_path).splitlines()]
    failed = [record for record in records if record["error"]]
    assert 0 < len(failed) < len(records) == 12
    assert (status["state"], status["failed"], status["samples"]) == ("done", len(failed), 12)
    for record in failed:
        assert re.match(rf"position {len(record['tokens'])}: ", record["error"])
    (table,) = tmp_path.glob("reports/faults/*/table.csv")
    with table.open() as file:
        share = next(float(row["value"]) for row in csv.DictReader(file) if row["metric"] == "guards.error_share")
    assert share == pytest.approx(len(failed) / 12)


def test_many_failures_fail_the_job_and_the_other_goes_on(tmp_path: Path, spoilt: tuple[str, ...]) -> None:
    code, printed, said = run(tmp_path, *spoilt, "fail_on_error=1", "seed=0,1")
    assert code == 1
    assert len(statuses(tmp_path)) == 2
    assert all(re.search(r"\d+ of 12 texts failed \(fail_on_error=1\), first ", s["error"]) for s in statuses(tmp_path))
    assert len(said.strip().splitlines()[-1]) < 400
    assert "Traceback" not in said
    assert printed == ""  # no job is done: there is nothing to report


def texts_timed(folder: Path) -> int:
    (timing,) = folder.glob("runs/faults/*/timing.json")
    return sum(segment["samples"] for segment in json.loads(timing.read_text())["segments"])


def test_failed_texts_are_tried_again_where_there_are_too_many(tmp_path: Path, spoilt: tuple[str, ...]) -> None:
    """Else a job that is done would begin anew with every command. The cause stays here, and so does every byte."""
    assert run(tmp_path, *spoilt, "fail_on_error=1")[0] == 1
    before, failed = samples(tmp_path), samples(tmp_path).count(b'"finish_reason": "error"')
    assert texts_timed(tmp_path) == 12
    assert run(tmp_path, *spoilt, "fail_on_error=1")[0] == 1
    assert texts_timed(tmp_path) == 12 + failed
    assert run(tmp_path, *spoilt, "fail_on_error=null")[0] == 0
    assert texts_timed(tmp_path) == 12 + failed
    assert samples(tmp_path) == before
    assert statuses(tmp_path)[0]["state"] == "done"


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "many"])
def test_a_limit_that_means_nothing_is_refused(limit: object) -> None:
    from harness.config.compose import compose_jobs, parse_arguments

    (config,) = compose_jobs(parse_arguments([]))
    with pytest.raises(InputError, match="fail_on_error"):
        from_config({**config, "fail_on_error": limit})
