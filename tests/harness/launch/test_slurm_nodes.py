"""Nodes that are needed for others, go away or never come, and commands of one sweep that meet on a cluster."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.faults.running import run, start, statuses
from tests.harness.launch.cluster import Cluster
from tests.harness.launch.sweeps import left, wait_until, written
from tests.harness.launch.tasks import LONG, ended, hear, needs_slurm, running_tasks, started, tasks_at_work

pytestmark = needs_slurm


def lost_nothing(folder: Path, command: subprocess.Popen[str], cluster: Cluster, undisturbed: dict[str, Any]) -> str:
    """It ends well, and has left what an undisturbed sweep leaves; what it said."""
    code, said = ended(command, cluster)
    assert code == 0, said
    assert left(folder) == undisturbed
    return said


def test_preempted_tasks_go_on_later(
    tmp_path: Path, scratch: Path, cluster: Cluster, undisturbed: dict[str, Any]
) -> None:
    """They end in order when Slurm takes their CPUs for somebody else, and the command waits for their return."""
    command = started(tmp_path, cluster)
    cluster.ask("sbatch", "--partition=urgent", "--ntasks=2", "--output=/dev/null", "--wrap=sleep 5")
    wait_until(lambda: [status["state"] for status in statuses(tmp_path)] == ["interrupted"] * 2)
    said = lost_nothing(tmp_path, command, cluster, undisturbed)
    assert "a worker died" not in said


def test_a_lost_node_loses_nothing(
    tmp_path: Path, scratch: Path, cluster: Cluster, undisturbed: dict[str, Any]
) -> None:
    """Its tasks still hold what they write when Slurm has given them up; here they stand still meanwhile."""
    command = started(tmp_path, cluster)
    for pid in tasks_at_work(scratch):
        os.kill(pid, signal.SIGSTOP)
    cluster.lose_node()
    wait_until(lambda: not running_tasks(cluster))
    assert len(tasks_at_work(scratch)) == 2
    cluster.find_node()
    lost_nothing(tmp_path, command, cluster, undisturbed)


def test_a_node_taken_down_loses_nothing(
    tmp_path: Path, scratch: Path, cluster: Cluster, undisturbed: dict[str, Any]
) -> None:
    command = started(tmp_path, cluster)
    tasks = set(running_tasks(cluster))
    cluster.set_node("DOWN")
    wait_until(lambda: not set(running_tasks(cluster)) & tasks)
    cluster.set_node("RESUME")
    lost_nothing(tmp_path, command, cluster, undisturbed)


def test_a_silent_controller_is_waited_for(
    tmp_path: Path, scratch: Path, cluster: Cluster, undisturbed: dict[str, Any]
) -> None:
    command = started(tmp_path, cluster)
    cluster.lose_controller()
    hear(command, "Slurm does not answer; waiting until it does")
    cluster.find_controller()
    lost_nothing(tmp_path, command, cluster, undisturbed)


def test_what_waits_for_a_node_says_so_and_can_be_ended(tmp_path: Path, scratch: Path, cluster: Cluster) -> None:
    cluster.set_node("DRAIN")
    try:
        command = start(tmp_path, *LONG)
        wait_until(lambda: len(cluster.queue()) == 3)
        hear(command, "nothing of it runs, 3 in the queue: ")
        command.send_signal(signal.SIGINT)
        _, rest = command.communicate(timeout=120)
        assert command.returncode == 130, rest
        assert "interrupted; the same command continues where it stopped" in rest
        assert not cluster.queue()
        assert written(tmp_path) == 0
    finally:
        cluster.set_node("RESUME")


def test_two_commands_of_one_sweep_write_each_text_once(
    tmp_path: Path, scratch: Path, cluster: Cluster, undisturbed: dict[str, Any]
) -> None:
    """Tasks of the second wait for those of the first, or find nothing left."""
    both = [start(tmp_path, *LONG) for _ in range(2)]
    for command in both:
        code, said = ended(command, cluster)
        assert code == 0, said
    assert left(tmp_path) == undisturbed


def test_tasks_outlive_a_killed_command_and_the_same_command_waits_for_them(
    tmp_path: Path, scratch: Path, cluster: Cluster, undisturbed: dict[str, Any]
) -> None:
    command = started(tmp_path, cluster)
    command.kill()
    command.communicate(timeout=60)
    assert len(running_tasks(cluster)) == 2
    code, _, said = run(tmp_path, *LONG)
    assert code == 0, said
    assert left(tmp_path) == undisturbed
