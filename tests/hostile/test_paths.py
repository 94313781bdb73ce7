"""Ids, labels and folders that climb: files are written where they belong, and read where they are said to lie."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.hostile.commands import ROOT, refused, run

CLIMBS = ("../../outside", "/outside", "a/../../../outside", "nul\0byte", "..", "x" * 5000, "C:\\outside", "~root")


def test_ids_and_labels_name_no_file(tmp_path: Path) -> None:
    work = tmp_path / "work/here"
    work.mkdir(parents=True)
    rows = [{"id": name, "prompt": f"The ferry was late {name[:20]}."} for name in CLIMBS]
    (work / "prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shutil.copytree(ROOT / "harness/data/inkling_500k", work / "..%2f..%2foutside")
    data = ["dataset=file", "dataset.path=prompts.jsonl", "dataset.id_column=id", "decoding.max_new_tokens=3"]
    command = ["model=hf", "model.name='./..%2f..%2foutside'", *data, "strategy=plain,antislop", "tracking=none"]
    (said,) = run(work, [("harness.__main__", command)])
    assert said.code == 0, said
    made = {path.relative_to(tmp_path).parts[:3] for path in tmp_path.rglob("*") if path.is_file()}
    places = ("prompts.jsonl", "..%2f..%2foutside", "runs", "reports")
    assert made == {("work", "here", place) for place in places}
    jobs = [path.name for path in work.glob("runs/single/*") if path.is_dir()]
    assert len(jobs) == 2
    assert all(len(name) == 16 and name.isalnum() for name in jobs)
    lines = next(work.glob("runs/single/*/samples.jsonl")).read_text().splitlines()
    assert [json.loads(line)["prompt_id"] for line in lines] == list(CLIMBS)


@pytest.mark.parametrize("folder", ["/etc", "../../../../../etc", "../job\0", "job/../../x", ".", ""])
def test_a_sweep_that_points_elsewhere_is_refused(folder: str, tmp_path: Path) -> None:
    """A report, a judge and a tracker would read there; the last two write or upload too."""
    released = tmp_path / "released"
    shutil.copytree(ROOT / "tests/schema/version_1", released)
    (file,) = released.glob("reports/golden/*/sweep.json")
    sweep = json.loads(file.read_text())
    sweep["jobs"][0]["folder"] = folder
    file.write_text(json.dumps(sweep))
    from harness.judge.__main__ import main as judge
    from harness.report.__main__ import main as report
    from harness.track import main as track

    before = sorted(tmp_path.rglob("*"))
    for main in (report, judge, track):
        assert main([str(file.parent)]) == 2
    assert sorted(tmp_path.rglob("*")) == before


def test_the_line_says_where_jobs_lie(tmp_path: Path) -> None:
    released = tmp_path / "released"
    shutil.copytree(ROOT / "tests/schema/version_1", released)
    (file,) = released.glob("reports/golden/*/sweep.json")
    file.write_text(file.read_text().replace('"../../../runs/golden/', '"/runs/golden/'))
    (said,) = run(tmp_path, [("harness.report.__main__", [str(file.parent)])])
    refused(said, "must be a relative path that ends in the job's id")
