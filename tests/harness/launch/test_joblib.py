"""launcher=joblib with two processes: the same results, nothing lost with a worker, nobody left behind."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import run, start, statuses
from tests.harness.launch.sweeps import SWEEP, left, lives, of_family, wait_until, workers, written

pytestmark = pytest.mark.slow
JOBLIB = (*SWEEP, "launcher=joblib")
LONG = (*JOBLIB, "batch_size=1", "dataset.limit=12", "decoding.max_new_tokens=100")


def test_two_processes_leave_what_one_leaves(tmp_path: Path, scratch: Path, alone: dict[str, Any]) -> None:
    code, printed, said = run(tmp_path, *JOBLIB)
    assert code == 0, said
    assert left(tmp_path) == alone
    assert "9/9 texts" in said
    assert "cell 3/3" in said
    assert "report:" in printed
    assert not list(scratch.glob("backtrack-harness-*/"))
    assert not of_family(scratch)
    code, _, said = run(tmp_path, *JOBLIB)
    assert (code, said.count("nothing left to write")) == (0, 3)


def test_workers_share_the_cores(tmp_path: Path, scratch: Path) -> None:
    """Two torches with a thread per core each would be slower than one."""
    code, _, said = run(tmp_path, *JOBLIB)
    assert code == 0, said
    threads = {json.loads(path.read_text())["threads"] for path in tmp_path.glob("runs/*/*/provenance.json")}
    assert threads == {max(1, len(os.sched_getaffinity(0)) // 2)}


def test_workers_that_all_die_end_it_and_the_same_command_finishes(tmp_path: Path, scratch: Path) -> None:
    command = start(tmp_path, *LONG)
    while command.poll() is None:
        for pid in workers(scratch) & of_family(scratch):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    _, said = command.communicate(timeout=60)
    assert command.returncode == 1, said
    assert said.count("a worker died, or could not start") == 2
    assert said.count("its worker never came to it, or died; the same command does it") == 3
    assert "Traceback" not in said
    before = written(tmp_path)
    code, _, said = run(tmp_path, *LONG)
    assert code == 0, said
    assert before < written(tmp_path) == 36
    assert [status["state"] for status in statuses(tmp_path)] == ["done"] * 3


def test_no_worker_outlives_a_killed_command(tmp_path: Path, scratch: Path) -> None:
    """SIGKILL leaves the command no time to end anybody."""
    command = start(tmp_path, *LONG)
    wait_until(lambda: written(tmp_path) >= 2 and len(workers(scratch)) == 2)
    both = workers(scratch)
    command.kill()
    command.communicate(timeout=60)
    wait_until(lambda: not [pid for pid in both if lives(pid)], 30)
    states = {status["state"] for status in statuses(tmp_path)}
    assert "interrupted" in states
    assert "running" not in states
