"""Files that survive a killed writer."""

from __future__ import annotations

import fcntl
import json
import math
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.store.jobfolder import JobFolder, Status
from harness.store.records import (
    Sample,
    SampleLog,
    read_samples,
    remove_leftovers,
    write_atomic,
    write_files,
    write_json,
    write_samples,
)
from tests.signals import hear_ctrl_c

ROOT = str(Path(__file__).resolve().parents[3])

SAMPLE = Sample(
    prompt_id="sea-01",
    repeat=0,
    prompt="The tide",
    text=" turned.\n",
    tokens=[4, 5],
    finish_reason="eos",
    logprobs=[-0.5, -2.25],
    cost={"forwards": 2, "fed": 3, "kept": 2, "drawn": 2, "discarded": 0, "refed": 0, "rewinds": {}},
    events=[],
)


@given(text=st.text(), prompt_id=st.text(), error=st.none() | st.text())
def test_whatever_a_model_writes_comes_back(text: str, prompt_id: str, error: str | None) -> None:
    """Line separators inside a text must not split its line."""
    sample = replace(SAMPLE, text=text, prompt_id=prompt_id, error=error)
    assert Sample.from_line(sample.as_line()) == sample
    assert sample.as_line().count(b"\n") == 1


def test_a_lone_surrogate_is_written_as_its_escape() -> None:
    """Half a character has no UTF-8 form; the sample must not be lost for it."""
    assert Sample.from_line(replace(SAMPLE, text="\ud800").as_line()).text == "\ud800"


def test_numbers_that_json_cannot_say_become_null() -> None:
    line = replace(SAMPLE, logprobs=[math.nan, -math.inf, -1.0]).as_line()
    assert json.loads(line)["logprobs"] == [None, None, -1.0]


@pytest.mark.parametrize("cut", range(1, len(SAMPLE.as_line()), 7))
def test_a_torn_last_line_is_dropped_and_written_over(cut: int, tmp_path: Path) -> None:
    """Wherever a kill cuts the line: before it, everything is read; after the next append, the file is whole."""
    path = tmp_path / "samples.jsonl"
    path.write_bytes(SAMPLE.as_line() + SAMPLE.as_line()[:cut])
    assert read_samples(path) == [SAMPLE]
    with SampleLog(path) as log:
        log.append(replace(SAMPLE, repeat=1))
    assert read_samples(path) == [SAMPLE, replace(SAMPLE, repeat=1)]


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    """Only the last line can be torn by a kill; anything else is damage that must not be passed over."""
    path = tmp_path / "samples.jsonl"
    path.write_bytes(SAMPLE.as_line() + b'{"prompt_id": 1}\n' + SAMPLE.as_line())
    with pytest.raises(ValueError, match=r"samples\.jsonl, line 2: .*delete that line"):
        read_samples(path)


def test_each_sample_is_on_disk_as_soon_as_it_is_appended(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    with SampleLog(path) as log:
        log.append(SAMPLE)
        assert read_samples(path) == [SAMPLE]


def test_an_atomic_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "scores.json"
    write_json(path, {"a": 1})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_json(path, {"a": 2})
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_an_interruption_just_after_the_step_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not found would make a failed job of it, and the sweep would go on."""
    replace_it = os.replace

    def interrupted(*paths: Path) -> None:
        replace_it(*paths)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(os, "replace", interrupted)
    hear_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        write_json(tmp_path / "timing.json", {"a": 1})
    assert [path.read_text() for path in tmp_path.iterdir()] == ['{\n "a": 1\n}\n']


KILLED = """
import os, signal, sys
from pathlib import Path
from harness.store.records import write_atomic
os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
write_atomic(Path(sys.argv[1]), "half")
"""


def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path: Path) -> None:
    """Guards: report folders that fill with hidden files; files of an editor taken for these."""
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, "table.md"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": ROOT}
    )
    assert ran.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    others = {".table.md", ".table.md.swp", ".table.csv.a1b2c3d4"}  # a user's, an editor's, another file's
    for name in others:
        (tmp_path / name).write_text("")
    write_files(tmp_path, {"table.md": "new"})
    assert {path.name for path in tmp_path.iterdir()} == {*others, "table.md"}


def test_what_a_living_writer_is_writing_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two commands on one sweep write one report: each must find its own file when it puts it into its place."""
    path, sync = tmp_path / "table.md", os.fsync

    def meanwhile(handle: int) -> None:
        monkeypatch.setattr(os, "fsync", sync)
        remove_leftovers([path])
        assert len(list(tmp_path.iterdir())) == 1
        sync(handle)

    monkeypatch.setattr(os, "fsync", meanwhile)
    write_atomic(path, "mine")
    assert path.read_text() == "mine"


def test_a_file_taken_before_it_was_locked_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, lock = tmp_path / "table.md", fcntl.flock

    def just_before(handle: int, kind: int) -> None:
        monkeypatch.setattr(fcntl, "flock", lock)
        remove_leftovers([path])
        assert list(tmp_path.iterdir()) == []
        lock(handle, kind)

    monkeypatch.setattr(fcntl, "flock", just_before)
    write_atomic(path, "mine")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["mine"]


def test_nan_is_refused_before_anything_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    write_atomic(path, "old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(path, {"a": math.nan})
    assert path.read_text() == "old"


def test_a_written_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    """Temporary files are private; results are not."""
    (tmp_path / "plain").write_text("")
    write_atomic(tmp_path / "atomic", "")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_only_the_selected_samples_of_a_finished_job_are_read(tmp_path: Path) -> None:
    """A smaller limit than last time must score the smaller set."""
    folder = JobFolder(tmp_path)
    write_samples(folder.samples, [SAMPLE, replace(SAMPLE, repeat=1), replace(SAMPLE, repeat=2)])
    folder.write_status(Status("done", None, samples=2, selected=2))
    assert [sample.repeat for sample in folder.read_selected()] == [0, 1]
