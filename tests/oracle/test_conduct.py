"""A law sweep that is interrupted, killed, or run twice at once: real processes, real signals, the same numbers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from harness.config.compose import CONF
from harness.store.jobfolder import JobFolder
from tests.harness.tracking.server import held
from tests.signals import hear_ctrl_c

# The second takes seconds, which is time enough to be interrupted in.
ARMS = "oracle.arms=[{name:plain},{name:cars},{name:antislop}]"


def start(folder: Path, tracking: str = "none") -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    settings = ("+experiment=bias_oracle", "oracle.model=inkling", ARMS, f"tracking={tracking}")
    return subprocess.Popen(
        [sys.executable, "-m", "harness", *settings],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(CONF.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=300)
    return process.returncode, said


def cells(folder: Path) -> dict[str, JobFolder]:
    """Label → the cell's folder, in the sweep's order; nothing before there is a sweep."""
    for sweep in folder.glob("reports/bias_oracle/*/sweep.json"):
        jobs = json.loads(sweep.read_text())["jobs"]
        return {job["label"]: JobFolder(sweep.parent / job["folder"]) for job in jobs}
    return {}


def state(cell: JobFolder) -> str | None:
    status = cell.read_status()
    return status.state if status else None


def tracked(folder: Path) -> list[str]:
    """The states of the sweep's run and of its laws' runs."""
    return [run["info"]["status"] for run in held(f"sqlite:///{folder / 'mlflow.db'}", "bias_oracle").values()]


def numbers(folder: Path) -> dict[str, bytes]:
    """What no interruption may change."""
    tables = {path.name: path.read_bytes() for path in folder.glob("reports/bias_oracle/*/table.*")}
    return tables | {label: (cell.path / "law.json").read_bytes() for label, cell in cells(folder).items()}


@pytest.mark.slow
def test_ctrl_c_in_a_law_ends_with_130_and_the_same_command_continues(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert finish(start(whole))[0] == 0
    process = start(cut, "mlflow")
    while process.poll() is None and not any(state(cell) == "running" for cell in list(cells(cut).values())[1:2]):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    code, said = finish(process)
    assert (code, "the same command continues" in said, "Traceback" in said) == (130, True, False)
    assert [state(cell) for cell in cells(cut).values()] == ["done", "interrupted", None]
    assert tracked(cut) == ["KILLED"]
    first = (cells(cut)["plain"].path / "law.json").stat().st_mtime_ns
    assert finish(start(cut, "mlflow"))[0] == 0
    assert tracked(cut) == ["FINISHED"] * 4
    assert numbers(cut) == numbers(whole)
    assert (cells(cut)["plain"].path / "law.json").stat().st_mtime_ns == first
    # A kill between a law and its status would leave "running" beside the law for ever.
    cell = cells(cut)["cars"]
    cell.status.write_text(cell.status.read_text().replace('"done"', '"running"'))
    assert finish(start(cut))[0] == 0
    assert state(cell) == "done"


@pytest.mark.slow
def test_a_law_that_another_process_computes_is_waited_for_and_not_computed_again(tmp_path: Path) -> None:
    other, mine = tmp_path / "other", tmp_path / "mine"
    assert finish(start(other))[0] == 0
    theirs = cells(other)["cars"].path
    place = mine / "runs/bias_oracle" / theirs.name
    place.mkdir(parents=True)
    with FileLock(place / ".lock"):
        process = start(mine)
        while process.poll() is None and not (cells(mine) and state(cells(mine)["plain"]) == "done"):
            time.sleep(0.01)
        assert process.poll() is None
        shutil.copy(theirs / "law.json", place / "law.json")
        shutil.copy(theirs / "status.json", place / "status.json")
        written = (place / "law.json").stat().st_mtime_ns
    assert finish(process)[0] == 0
    assert (place / "law.json").stat().st_mtime_ns == written
    assert not (place / "provenance.json").exists()
    assert numbers(mine) == numbers(other)
