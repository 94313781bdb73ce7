"""The tasks of one command on Slurm. They carry a name of their own, by which they are awaited and cancelled."""

from __future__ import annotations

import re
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from submitit.slurm.slurm import SlurmInfoWatcher, SlurmJob

from harness.plan import Job
from harness.rounds import Launch, say

SECONDS_BETWEEN_LOOKS = 15
SECONDS_TO_CANCEL = 60.0  # Slurm kills what has not ended after its KillWait, 30 s by default
SECONDS_TO_ANSWER = 60.0


@contextmanager
def owning(name: str) -> Iterator[str]:
    """Yields a name for the tasks of this command alone. An interruption cancels them, and waits for their end."""
    own = f"{re.sub(r'[^A-Za-z0-9_.-]', '-', name)}-{secrets.token_hex(4)}"  # squeue takes commas for several names
    before, SlurmJob.watcher = SlurmJob.watcher, Watcher(own)
    try:
        yield own
    except KeyboardInterrupt:
        _cancel(own)
        raise
    finally:
        SlurmJob.watcher = before


def until_ended(name: str, launch: Launch) -> Launch:
    """As `launch`, which gives up when a task called `name` dies, but the others are awaited first."""

    def launch_and_wait(jobs: Sequence[Job]) -> Sequence[Exception | None]:
        try:
            return launch(jobs)
        except Exception:
            while _may_be_queued(name):
                time.sleep(SECONDS_BETWEEN_LOOKS)
            raise

    return launch_and_wait


class Watcher(SlurmInfoWatcher):
    """Asks the queue, not the accounting: not every cluster keeps one, and submitit asks it every ten minutes.

    Without an answer a task that died would be awaited for ever.
    """

    def __init__(self, name: str) -> None:
        super().__init__(delay_s=SECONDS_BETWEEN_LOOKS)
        self._name = name

    def _make_command(self) -> list[str] | None:
        return _squeue(self._name) if self._registered - self._finished else None

    def read_info(self, string: bytes | str) -> dict[str, dict[str, str]]:
        queued = set((string if isinstance(string, str) else string.decode()).split())
        return {job: {"State": "RUNNING" if job in queued else "ENDED"} for job in self._registered}


def _squeue(name: str) -> list[str]:
    """Prints a line per task: its number; where it is one of an array, `_` and its place too."""
    return ["squeue", "--noheader", "--array", f"--name={name}", "--format=%i"]


def _may_be_queued(name: str) -> bool:
    """Whether a task is, or the controller does not answer."""
    try:
        asked = subprocess.run(_squeue(name), capture_output=True, text=True, timeout=SECONDS_TO_ANSWER)
    except subprocess.TimeoutExpired:
        return True
    return asked.returncode != 0 or bool(asked.stdout.strip())


def _cancel(name: str) -> None:
    command = ["scancel", f"--name={name}"]
    say(f"cancelling what it queued: {' '.join(command)}")
    deadline = time.monotonic() + SECONDS_TO_CANCEL
    if not _succeeds(command):
        say(f"Slurm did not answer; give it again: {' '.join(command)}")
        return
    while _may_be_queued(name) and time.monotonic() < deadline:
        time.sleep(1.0)


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=SECONDS_TO_ANSWER).returncode == 0
    except subprocess.TimeoutExpired:
        return False
