"""launcher=slurm on a real Slurm: one node, this machine, started for these tests alone."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import run, start, statuses
from tests.launchers.cluster import Cluster, missing_tools
from tests.launchers.sweeps import SWEEP, left, lives, of_family, wait_until, written

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_tools()), reason=f"machine: no Slurm, {', '.join(missing_tools())} missing"),
]
SLURM = (*SWEEP, "launcher=slurm", "launcher.workers=2", "hydra.launcher.cpus_per_task=1")
LONG = (*SLURM, "batch_size=1", "dataset.limit=12", "decoding.max_new_tokens=200")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("slurm"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def cluster(running: Cluster, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """With nothing in its queue."""
    for name, value in running.environment.items():
        monkeypatch.setenv(name, value)
    wait_until(lambda: not running.queue())
    return running


def _tasks_at_work(scratch: Path) -> list[int]:
    """Processes of tasks, known by what submitit starts in them."""
    return sorted(pid for pid in of_family(scratch) if "submitit.core._submit" in _command_of(pid))


def _command_of(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return "" if b"srun" in words[0] or b"sh" in words[0] else b" ".join(words).decode()


def _begun(folder: Path, cluster: Cluster) -> bool:
    """Two tasks write, and the third waits."""
    files = [path for path in folder.glob("runs/faults/*/samples.jsonl") if path.read_bytes().count(b"\n")]
    return len(files) == 2 and sorted(cluster.queue().values()) == ["PENDING", "RUNNING", "RUNNING"]


def _started(folder: Path, cluster: Cluster) -> subprocess.Popen[str]:
    command = start(folder, *LONG)
    wait_until(lambda: _begun(folder, cluster))
    return command


def _finished_by_the_same_command(folder: Path) -> None:
    """No text is written twice."""
    before = written(folder)
    code, _, said = run(folder, *LONG)
    assert code == 0, said
    assert 2 <= before < written(folder) == 36
    assert [status["state"] for status in statuses(folder)] == ["done"] * 3


def test_an_array_leaves_what_one_process_leaves(
    tmp_path: Path, scratch: Path, cluster: Cluster, alone: dict[str, Any]
) -> None:
    code, _, said = run(tmp_path, *SLURM)
    assert code == 0, said
    assert left(tmp_path) == alone
    assert "9/9 texts" in said
    assert len(list(tmp_path.glob("runs/.hydra/.submitit/*/*_result.pkl"))) == 3
    assert run(tmp_path, *SLURM)[0] == 0  # a finished sweep queues for nothing
    assert len(list(tmp_path.glob("runs/.hydra/.submitit/*/*_result.pkl"))) == 3


def test_the_job_of_a_killed_task_goes_to_another(tmp_path: Path, scratch: Path, cluster: Cluster) -> None:
    command = _started(tmp_path, cluster)
    os.kill(_tasks_at_work(scratch)[0], signal.SIGKILL)
    _, said = command.communicate(timeout=300)
    assert command.returncode == 0, said
    assert said.count("a worker died, or could not start: UncompletedJobError") == 1
    assert written(tmp_path) == 36
    assert [status["state"] for status in statuses(tmp_path)] == ["done"] * 3


def test_a_cancelled_task_is_left_alone(tmp_path: Path, scratch: Path, cluster: Cluster) -> None:
    """Who cancels a task does not want it back at once. The others go on, and it ends in order."""
    command = _started(tmp_path, cluster)
    *_, last = sorted(task for task, state in cluster.queue().items() if state == "RUNNING")
    cluster.ask("scancel", last)
    _, said = command.communicate(timeout=300)
    assert command.returncode == 1, said
    assert sorted(status["state"] for status in statuses(tmp_path)) == ["done", "done", "interrupted"]
    assert "Traceback" not in said
    _finished_by_the_same_command(tmp_path)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_cancels_its_tasks(
    how: signal.Signals, code: int, tmp_path: Path, scratch: Path, cluster: Cluster
) -> None:
    """And nobody else's."""
    other = cluster.ask("sbatch", "--parsable", "--hold", "--job-name=harness", "--output=/dev/null", "--wrap=true")
    command = start(tmp_path, *LONG)
    wait_until(lambda: len([state for state in cluster.queue().values() if state == "RUNNING"]) == 2)
    wait_until(lambda: written(tmp_path) >= 2)
    tasks = _tasks_at_work(scratch)
    command.send_signal(how)
    _, said = command.communicate(timeout=120)
    assert command.returncode == code, said
    assert cluster.queue() == {other: "PENDING"}
    assert not [pid for pid in tasks if lives(pid)]
    assert {status["state"] for status in statuses(tmp_path)} == {"interrupted"}
    assert "cancelling what it queued: scancel --name=harness-" in said
    assert "Traceback" not in said
    cluster.ask("scancel", other)
    _finished_by_the_same_command(tmp_path)
