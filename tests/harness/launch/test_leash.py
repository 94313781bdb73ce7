"""A worker ends with the process that started it: in order while it works, at once while it waits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.config.compose import CONF
from tests.harness.launch.sweeps import lives, wait_until
from tests.signals import hear_ctrl_c

WORKER = """
import sys, time
from pathlib import Path
from harness.launch.leash import at_work, follow
follow(Path(sys.argv[1]))
said = Path(sys.argv[2])
if sys.argv[3] == "works":
    with at_work():
        try:
            said.write_text("ready")
            while True:
                time.sleep(0.05)
        except KeyboardInterrupt:
            time.sleep(0.5)  # what was begun is put in order
            said.write_text("in order")
else:
    said.write_text("ready")
while True:
    time.sleep(0.05)
"""
PARENT = """
import subprocess, sys, time
from harness.launch.leash import leash
with leash() as folder:
    worker = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(folder), *sys.argv[2:]], start_new_session=True)
    print(worker.pid, flush=True)
    time.sleep(600)
"""


def _started(said: Path, what: str) -> tuple[subprocess.Popen[str], int]:
    """A parent and the number of its worker, in a session of its own, so that no signal reaches both."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, WORKER, str(said), what],
        cwd=CONF.parent, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=hear_ctrl_c,
    )  # fmt: skip
    assert parent.stdout
    worker = int(parent.stdout.readline())
    wait_until(said.exists, 60)
    return parent, worker


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_worker_at_work_ends_in_order(how: signal.Signals, tmp_path: Path, scratch: Path) -> None:
    parent, worker = _started(tmp_path / "said", "works")
    parent.send_signal(how)
    wait_until(lambda: not lives(worker), 30)
    parent.communicate(timeout=30)
    assert (tmp_path / "said").read_text() == "in order"


def test_an_interrupted_parent_waits_for_its_workers(tmp_path: Path, scratch: Path) -> None:
    """What it reports next would otherwise be out of date at once."""
    parent, worker = _started(tmp_path / "said", "works")
    parent.send_signal(signal.SIGINT)
    parent.communicate(timeout=30)
    assert (tmp_path / "said").read_text() == "in order"
    wait_until(lambda: not lives(worker), 5)
    assert not list(scratch.glob("backtrack-harness-*"))


def test_an_idle_worker_ends_at_once(tmp_path: Path, scratch: Path) -> None:
    parent, worker = _started(tmp_path / "said", "waits")
    os.kill(parent.pid, signal.SIGKILL)
    wait_until(lambda: not lives(worker), 30)
    parent.communicate(timeout=30)
