"""Folders of every released version are read by today's readers; a newer one is one clear line.

`version_1` is what 0.1.0 writes; `version_1_first` is from the first commit that ran a sweep, with less in every file.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from harness import frames
from harness.judge.__main__ import main as judge
from harness.profile.__main__ import main as profile
from harness.profile.corpus import read_corpus
from harness.report.__main__ import main as report
from harness.score import main as score
from harness.store.jobfolder import JobFolder
from harness.store.schema import READ
from harness.track import main as track

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RELEASED = {"version_1_first": 1, "version_1": 1}
NEWER = max(READ) + 1

Main = Callable[[Sequence[str]], int]
Said = pytest.CaptureFixture[str]


@pytest.fixture(params=RELEASED)
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a released folder: readers write beside what they read."""
    shutil.copytree(HERE / request.param, tmp_path / "released")
    return tmp_path / "released"


def sweep_of(folder: Path, experiment: str = "golden") -> Path:
    (file,) = folder.glob(f"reports/{experiment}/*/sweep.json")
    return file.parent


def jobs_of(folder: Path) -> list[Path]:
    return sorted((folder / "runs/golden").iterdir())


def test_every_version_that_is_read_has_a_folder_here() -> None:
    assert set(RELEASED.values()) == set(READ)
    assert {path.name for path in HERE.iterdir() if path.name.startswith("version_")} == set(RELEASED)


def test_its_report_is_made(released: Path) -> None:
    folder = sweep_of(released)
    assert report([str(folder)]) == 0
    table = (folder / "table.md").read_text()
    assert "antislop" in table
    assert "inkling_500k" in (folder / "report.html").read_text()


def test_its_scores_are_what_they_were(released: Path) -> None:
    """Of the metrics that its program had; texts and definitions are the same, so are the numbers."""
    for job in jobs_of(released):
        before = JobFolder(job).read_scores()
        assert score([str(job), "--json"]) == 0
        after = JobFolder(job).read_scores()
        for scorer in ("slop", "diversity", "fluency"):
            for metric, entry in before[scorer].items():
                assert after[scorer][metric]["value"] == pytest.approx(entry["value"]), metric


def test_it_loads_as_tables_and_as_texts(released: Path) -> None:
    tables = frames.load(sweep_of(released))
    assert (len(tables.samples), set(tables.samples["strategy"])) == (4, {"plain", "antislop"})
    assert set(tables.scores["job_id"]) == {job.name for job in jobs_of(released)}
    assert len(read_corpus(jobs_of(released)[0], "texts").texts) == 2


def test_a_judge_and_a_tracker_read_it(released: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    assert judge([str(sweep_of(released)), "--dry-run"]) == 0
    monkeypatch.chdir(released)
    assert track([str(sweep_of(released))]) == 0
    assert "2 of 2 jobs logged, done" in capsys.readouterr().out


def test_it_is_continued_where_equal_settings_still_mean_the_same(released: Path) -> None:
    """Plain's job has the name that it had in the first version, so nothing of it is written again."""
    plain = next(job for job in jobs_of(released) if job.name == "ba89bb719804560c")
    before = (plain / "samples.jsonl").read_bytes()
    settings = ["experiment_name=golden", "model=inkling_500k", "strategy=plain", "dataset.limit=2"]
    command = [sys.executable, "-m", "harness", *settings, "decoding.max_new_tokens=40", "tracking=none"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=released, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, "nothing left to write" in done.stderr) == (0, True), done.stderr
    assert (plain / "samples.jsonl").read_bytes() == before


def test_laws_are_read(tmp_path: Path) -> None:
    shutil.copytree(HERE / "version_1", tmp_path / "released")
    folder = sweep_of(tmp_path / "released", "laws")
    assert report([str(folder)]) == 0
    assert "one_token" in (folder / "table.md").read_text()


def newer(file: Path, **changes: object) -> Path:
    file.write_text(json.dumps({**json.loads(file.read_text()), "schema": NEWER, **changes}))
    return file


def says(main: Main, arguments: Sequence[str], capsys: Said) -> str:
    capsys.readouterr()
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    return said.err


READS = f"is of schema {NEWER}, this program reads 1; read it with the newer one that wrote it"


@pytest.mark.parametrize("main", [report, judge, track], ids=["report", "judge", "track"])
def test_a_newer_sweep_is_one_line(main: Main, tmp_path: Path, capsys: Said) -> None:
    shutil.copytree(HERE / "version_1", tmp_path / "released")
    file = newer(sweep_of(tmp_path / "released") / "sweep.json", jobs="something else")
    assert f"sweep.json='{file}': {READS}" in says(main, [str(file.parent)], capsys)


@pytest.mark.parametrize(
    "main", [report, judge, track, score, profile], ids=["report", "judge", "track", "score", "profile"]
)
def test_a_newer_run_folder_is_one_line(main: Main, tmp_path: Path, capsys: Said) -> None:
    """Its samples say no version: provenance.json does, for all files beside it."""
    folder = tmp_path / "released"
    shutil.copytree(HERE / "version_1", folder)
    job = jobs_of(folder)[0]
    file = newer(job / "provenance.json")
    (job / "samples.jsonl").write_text('{"something": "else"}\n')
    arguments = {score: [str(job)], profile: [f"texts={job}"]}.get(main, [str(sweep_of(folder))])
    said = says(main, arguments, capsys)
    assert "provenance.json=" in said
    assert str(file)[-30:] in said
    assert READS in said


def test_a_newer_law_reference_and_profile_are_one_line(tmp_path: Path, capsys: Said) -> None:
    folder = tmp_path / "released"
    shutil.copytree(HERE / "version_1", folder)
    (judged,) = (folder / "runs/golden").glob("*/reference.json")
    newer(judged)
    assert f"reference.json='{judged}': {READS}" in says(score, [str(judged.parent)], capsys)
    newer(next((folder / "runs/laws").glob("*/law.json")))
    assert READS in says(report, [str(sweep_of(folder, "laws"))], capsys)
    counts = tmp_path / "human.json"
    shutil.copy(ROOT / "harness/data/human/inkling_plain.json", counts)
    newer(counts)
    job = jobs_of(folder)[1]
    assert READS in says(profile, [f"texts={job}", f"baseline={counts}"], capsys)


def test_a_command_that_would_continue_a_newer_job_is_refused(tmp_path: Path) -> None:
    """Guards: a job of a newer program, resumed by an older one, which cannot read what is there."""
    folder = tmp_path / "released"
    shutil.copytree(HERE / "version_1", folder)
    newer(folder / "runs/golden/ba89bb719804560c/provenance.json")
    settings = ["experiment_name=golden", "model=inkling_500k", "strategy=plain", "dataset.limit=2"]
    command = [sys.executable, "-m", "harness", *settings, "decoding.max_new_tokens=40", "tracking=none"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert READS in done.stderr


@pytest.mark.parametrize("schema", [None, 0, -1, "1", True, 1.0, [1]])
def test_what_says_no_version_is_not_guessed_at(schema: object, tmp_path: Path, capsys: Said) -> None:
    shutil.copytree(HERE / "version_1", tmp_path / "released")
    file = newer(sweep_of(tmp_path / "released") / "sweep.json", schema=schema)
    assert f"says schema {schema!r}, this program reads 1" in says(report, [str(file.parent)], capsys)
