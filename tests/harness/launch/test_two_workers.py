"""Two workers on this machine, under each launcher: Ctrl-C ends all of them, a death ends one."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.faults.running import run, start, statuses
from tests.harness.launch.sweeps import SWEEP, lives, of_family, wait_until, workers, written

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("launcher", ["joblib", "submitit_local", "ray"])]
LONG = (*SWEEP, "batch_size=1", "dataset.limit=8", "decoding.max_new_tokens=100")


def _asked(launcher: str, scratch: Path) -> tuple[str, ...]:
    where = [f"+hydra.launcher.ray.init._temp_dir={scratch}/ray"] if launcher == "ray" else []
    return (*LONG, f"launcher={launcher}", *where)


def _started(folder: Path, scratch: Path, *asked: str) -> subprocess.Popen[str]:
    """Two workers are at work."""
    command = start(folder, *asked)
    wait_until(lambda: written(folder) >= 2 and len(workers(scratch)) == 2)
    return command


def test_ctrl_c_leaves_no_worker_and_the_same_command_goes_on(launcher: str, tmp_path: Path, scratch: Path) -> None:
    """A terminal sends it to the whole group; here only the command gets it, as from `kill -INT`."""
    asked = _asked(launcher, scratch)
    command = _started(tmp_path, scratch, *asked)
    both = workers(scratch)
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=120)
    assert command.returncode == 130, said
    assert "interrupted; the same command continues where it stopped" in said
    assert "Traceback" not in said
    assert not [pid for pid in both if lives(pid)]
    wait_until(lambda: not of_family(scratch), 30)
    before = written(tmp_path)
    code, _, said = run(tmp_path, *asked)
    assert code == 0, said
    assert 2 <= before < written(tmp_path) == 24


def test_the_job_of_a_killed_worker_goes_to_another(launcher: str, tmp_path: Path, scratch: Path) -> None:
    """joblib ends all workers when one dies, and forgets what waited."""
    command = _started(tmp_path, scratch, *_asked(launcher, scratch))
    os.kill(max(workers(scratch)), signal.SIGKILL)
    _, said = command.communicate(timeout=240)
    assert command.returncode == 0, said
    assert written(tmp_path) == 24
    assert [status["state"] for status in statuses(tmp_path)] == ["done"] * 3
    wait_until(lambda: not of_family(scratch), 30)
