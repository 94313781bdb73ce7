"""launcher=slurm on a real Slurm: one node, this machine, started for these tests alone."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import run, start, statuses
from tests.harness.launch.cluster import Cluster
from tests.harness.launch.sweeps import SWEEP, left, lives, wait_until, written
from tests.harness.launch.tasks import (
    LONG,
    ON_SLURM,
    finished_by_the_same_command,
    needs_slurm,
    running_tasks,
    started,
    tasks_at_work,
)

pytestmark = needs_slurm
SLURM = (*SWEEP, *ON_SLURM)


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
    command = started(tmp_path, cluster)
    os.kill(tasks_at_work(scratch)[0], signal.SIGKILL)
    _, said = command.communicate(timeout=300)
    assert command.returncode == 0, said
    assert said.count("a worker died, or could not start: UncompletedJobError") == 1
    assert written(tmp_path) == 36
    assert [status["state"] for status in statuses(tmp_path)] == ["done"] * 3


def test_a_cancelled_task_is_left_alone(tmp_path: Path, scratch: Path, cluster: Cluster) -> None:
    """Who cancels a task does not want it back at once. The others go on, and it ends in order."""
    command = started(tmp_path, cluster)
    cluster.ask("scancel", running_tasks(cluster)[-1])
    _, said = command.communicate(timeout=300)
    assert command.returncode == 1, said
    assert sorted(status["state"] for status in statuses(tmp_path)) == ["done", "done", "interrupted"]
    assert "Traceback" not in said
    finished_by_the_same_command(tmp_path)


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_cancels_its_tasks(
    how: signal.Signals, code: int, tmp_path: Path, scratch: Path, cluster: Cluster
) -> None:
    """And nobody else's."""
    other = cluster.ask("sbatch", "--parsable", "--hold", "--job-name=harness", "--output=/dev/null", "--wrap=true")
    command = start(tmp_path, *LONG)
    wait_until(lambda: len(running_tasks(cluster)) == 2)
    wait_until(lambda: written(tmp_path) >= 2)
    tasks = tasks_at_work(scratch)
    command.send_signal(how)
    _, said = command.communicate(timeout=120)
    assert command.returncode == code, said
    assert cluster.queue() == {other: "PENDING"}
    assert not [pid for pid in tasks if lives(pid)]
    assert {status["state"] for status in statuses(tmp_path)} == {"interrupted"}
    assert "cancelling what it queued: scancel --name=harness-" in said
    assert "Traceback" not in said
    cluster.ask("scancel", other)
    finished_by_the_same_command(tmp_path)
