"""Two processes on one sweep, one store and one database: no text twice, no table torn, no lock without an owner."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from tests.faults.running import SMALL, run, start, statuses

pytestmark = pytest.mark.slow
SWEEP = (*(each for each in SMALL if each != "tracking=none"), "strategy=plain,antislop,bad_words", "dataset.limit=16")
LENGTH = "decoding.max_new_tokens=60"


def lines(folder: Path) -> dict[str, list[bytes]]:
    return {path.parent.name: path.read_bytes().splitlines() for path in folder.glob("runs/faults/*/samples.jsonl")}


def timed(folder: Path) -> int:
    found = [json.loads(path.read_text())["segments"] for path in folder.glob("runs/faults/*/timing.json")]
    return sum(segment["samples"] for segments in found for segment in segments)


def test_two_at_once_share_the_work(tmp_path: Path) -> None:
    together, alone = tmp_path / "together", tmp_path / "alone"
    together.mkdir()
    alone.mkdir()
    both = [start(together, *SWEEP, LENGTH) for _ in range(2)]
    said = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert not any("warning" in each or "Traceback" in each for each in said), said
    assert run(alone, *SWEEP, LENGTH)[0] == 0
    assert lines(together) == lines(alone)
    assert timed(together) == timed(alone) == 48  # each text was written once
    with sqlite3.connect(together / "mlflow.db") as database:
        runs = database.execute("select count(*), count(distinct name), min(status), max(status) from runs").fetchone()
    assert runs == (4, 4, "FINISHED", "FINISHED")  # the sweep's and one for each job


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    """The second is seen to wait, and goes on where the killed one stopped."""
    slow = (*SWEEP, "decoding.max_new_tokens=300", "batch_size=1")
    first = start(tmp_path, *slow)
    while not any(len(texts) >= 2 for texts in lines(tmp_path).values()):
        assert first.poll() is None
        time.sleep(0.01)
    second = start(tmp_path, *slow)
    assert second.stderr is not None
    waits = next(line for line in second.stderr if "another process writes" in line)
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=60)
    second.communicate(timeout=300)
    assert waits.rstrip().endswith("; waiting for it")
    assert second.returncode == 0
    assert [status["state"] for status in statuses(tmp_path)] == ["done"] * 3
    assert {len(texts) for texts in lines(tmp_path).values()} == {16}
