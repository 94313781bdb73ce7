"""A sweep on a private Slurm: its commands, its tasks, and what they must leave whatever befalls them."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.faults.running import run, start, statuses
from tests.harness.launch.cluster import Cluster, missing_tools
from tests.harness.launch.sweeps import SWEEP, of_family, wait_until, written

needs_slurm = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_tools()), reason=f"machine: no Slurm, {', '.join(missing_tools())} missing"),
]
ON_SLURM = ("launcher=slurm", "launcher.workers=2", "hydra.launcher.cpus_per_task=1")
TEXTS = (*SWEEP, "batch_size=1", "dataset.limit=12", "decoding.max_new_tokens=200")
LONG = (*TEXTS, *ON_SLURM)


def started(folder: Path, cluster: Cluster, *more: str) -> subprocess.Popen[str]:
    """Two tasks write, and the third waits."""
    command = start(folder, *LONG, *more)
    wait_until(lambda: _begun(folder, cluster))
    return command


def _begun(folder: Path, cluster: Cluster) -> bool:
    files = [path for path in folder.glob("runs/faults/*/samples.jsonl") if path.read_bytes().count(b"\n")]
    return len(files) == 2 and sorted(cluster.queue().values()) == ["PENDING", "RUNNING", "RUNNING"]


def hear(command: subprocess.Popen[str], wanted: str) -> None:
    """Read what the command says until it says that."""
    assert command.stderr is not None
    said = ""
    while wanted not in said:
        line = command.stderr.readline()
        assert line, said
        said += line


def ended(command: subprocess.Popen[str], cluster: Cluster) -> tuple[int, str]:
    """Exit code, and what it said. What is queued again meanwhile starts at once."""
    deadline = time.monotonic() + 300
    while command.poll() is None:
        assert time.monotonic() < deadline, cluster.queue()
        cluster.hurry()
        time.sleep(0.5)
    return command.returncode, command.communicate()[1]


def finished_by_the_same_command(folder: Path) -> None:
    """No text is written twice."""
    before = written(folder)
    code, _, said = run(folder, *LONG)
    assert code == 0, said
    assert 2 <= before < written(folder) == 36
    assert [status["state"] for status in statuses(folder)] == ["done"] * 3


def tasks_at_work(scratch: Path) -> list[int]:
    """Processes of tasks, known by what submitit starts in them."""
    return sorted(pid for pid in of_family(scratch) if "submitit.core._submit" in _command_of(pid))


def _command_of(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return "" if b"srun" in words[0] or b"sh" in words[0] else b" ".join(words).decode()


def running_tasks(cluster: Cluster) -> list[str]:
    return sorted(task for task, state in cluster.queue().items() if state == "RUNNING")
