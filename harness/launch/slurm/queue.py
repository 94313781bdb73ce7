"""The queue of Slurm, asked for the tasks of one command by the name that only they carry."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

from harness.launch.rounds import say

SECONDS_TO_CANCEL = 60.0  # Slurm kills what has not ended after its KillWait, 30 s by default
SECONDS_TO_ANSWER = 60.0


@dataclass(frozen=True)
class Queued:
    """A task as squeue shows it: PENDING for a reason, RUNNING, COMPLETING, …"""

    state: str
    reason: str


@dataclass(frozen=True)
class Queue:
    """All tasks called `name`."""

    name: str

    @staticmethod
    def read(printed: str) -> dict[str, Queued]:
        """A task per line: its number; where it is one of an array, `_` and its place too; its state; a reason or none.

        A reason may have spaces in it.
        """
        words = [line.split(maxsplit=2) for line in printed.splitlines()]
        return {task: Queued(state, "".join(reason)) for task, state, *reason in words}

    def ask(self) -> Mapping[str, Queued] | None:
        """Task → how it stands; None where the controller does not answer."""
        command = ["squeue", "--noheader", "--array", f"--name={self.name}", "--format=%i %T %r"]
        try:
            asked = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_ANSWER)
        except subprocess.TimeoutExpired:
            return None
        return self.read(asked.stdout) if asked.returncode == 0 else None

    def cancel(self) -> None:
        """Take all tasks out of it, and wait for their end."""
        command = ["scancel", f"--name={self.name}"]
        say(f"cancelling what it queued: {' '.join(command)}")
        deadline = time.monotonic() + SECONDS_TO_CANCEL
        if not _succeeds(command):
            say(f"Slurm did not answer; give it again: {' '.join(command)}")
            return
        while self.ask() != {} and time.monotonic() < deadline:
            time.sleep(1.0)


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=SECONDS_TO_ANSWER).returncode == 0
    except subprocess.TimeoutExpired:
        return False
