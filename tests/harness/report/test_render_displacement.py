"""displacement.csv: per job against its own Plain arm."""

from __future__ import annotations

import csv
import io

from harness.report.render_displacement import FIELDS, render_displacement
from harness.report.sweep_data import read_sweep
from tests.harness.report.conftest import Folder, text_sample


def rows(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content)))


def test_each_job_stands_against_the_plain_arm_of_its_setting(sweep_folder: Folder) -> None:
    """Another temperature's Plain would turn what heat does into what the ban does."""
    plain, other, banned = (
        [text_sample(f"p{i}", f"{word} rain fell over, the hill") for i in range(4)]
        for word in ("grey", "crimson", "crimson")
    )
    hot = {"decoding": {"temperature": 2.0}}
    folder = sweep_folder(
        ("plain", plain, {}), ("plain", other, hot), ("antislop", banned, {}), ("antislop", banned, hot)
    )
    found = rows(render_displacement(read_sweep(folder)))
    assert {(row["job_id"], row["control_job_id"]) for row in found} == {("job2", "job0")}
    assert [row["ngram"] for row in found if row["order"] == "1"] == ["crimson"]
    assert found[0]["count"] == "4"
    assert found[0]["control_count"] == "0"


def test_without_plain_there_is_a_header(sweep_folder: Folder) -> None:
    folder = sweep_folder(("antislop", [text_sample("p", "rain")], {}), ("rejection", None, {}))
    assert render_displacement(read_sweep(folder)) == ",".join(FIELDS) + "\n"
