"""A task on Slurm whose time is over ends in order and is queued again, as long as that brings something."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

from tests.faults.running import start, statuses
from tests.harness.launch.cluster import Cluster
from tests.harness.launch.sweeps import left, wait_until, written
from tests.harness.launch.tasks import LONG, ended, finished_by_the_same_command, needs_slurm, running_tasks, started

pytestmark = needs_slurm
OVER = "its time on Slurm was over after "


def _are_out_of_time(folder: Path) -> bool:
    found = statuses(folder)
    return bool(found) and all(status["state"] == "interrupted" for status in found)


def test_what_runs_into_the_time_limit_is_queued_again(tmp_path: Path, scratch: Path, cluster: Cluster) -> None:
    """Slurm's shortest limit is a minute; the texts would take many."""
    limit = ("hydra.launcher.timeout_min=1", "hydra.launcher.signal_delay_s=5")
    command = start(tmp_path, *LONG, "strategy=plain", "repeats=1000", *limit)
    wait_until(lambda: _are_out_of_time(tmp_path))
    (status,) = statuses(tmp_path)
    assert status["error"].startswith(OVER)
    assert status["samples"] == written(tmp_path) > 0
    wait_until(lambda: set(cluster.queue().values()) == {"PENDING"})
    wait_until(lambda: written(tmp_path) > status["samples"] or cluster.hurry())
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=120)
    assert command.returncode == 130, said
    assert not cluster.queue()
    (path,) = tmp_path.glob("runs/faults/*/samples.jsonl")
    texts = [json.loads(line) for line in path.read_text().splitlines()]
    assert len({(text["prompt_id"], text["repeat"]) for text in texts}) == len(texts)
    assert {text["error"] for text in texts} == {None}
    assert f"{12_000 - status['samples']} to write" in said  # the command sees that it goes on


def test_all_of_it_ends_as_if_there_were_no_limit(
    tmp_path: Path, scratch: Path, cluster: Cluster, undisturbed: dict[str, Any]
) -> None:
    """The signal is the one that Slurm sends before the limit."""
    command = started(tmp_path, cluster)
    for task in running_tasks(cluster):
        cluster.ask("scancel", "--signal=USR2", task)
    code, said = ended(command, cluster)
    assert code == 0, said
    assert left(tmp_path) == undisturbed
    logs = "".join(path.read_text() for path in tmp_path.glob("runs/.hydra/.submitit/*/*_log.out"))
    assert logs.count("remaining timeouts") == 2


def test_no_task_is_queued_again_more_often_than_allowed(tmp_path: Path, scratch: Path, cluster: Cluster) -> None:
    """submitit takes the signal for the limit's, not a preemption's, where the limit is of minutes."""
    command = started(tmp_path, cluster, "hydra.launcher.max_num_timeout=0", "hydra.launcher.timeout_min=5")
    cluster.ask("scancel", "--signal=USR2", running_tasks(cluster)[0])
    code, said = ended(command, cluster)
    assert code == 1, said
    assert "Job not requeued because: timed-out too many times" in said
    assert said.count(f"): {OVER}") == 1
    assert "Traceback" not in said
    assert sorted(status["state"] for status in statuses(tmp_path)) == ["done", "done", "interrupted"]
    finished_by_the_same_command(tmp_path)


def test_a_task_that_brought_no_text_is_not_queued_again(tmp_path: Path, scratch: Path, cluster: Cluster) -> None:
    """It would come back for ever. Its texts are written all at once, and none is done when its time is over."""
    command = start(tmp_path, *LONG, "strategy=plain", "batch_size=12")
    wait_until(lambda: statuses(tmp_path))
    cluster.ask("scancel", "--signal=USR2", *running_tasks(cluster))
    code, said = ended(command, cluster)
    assert code == 1, said
    assert "and brought no text; more time: hydra.launcher.timeout_min" in said
    assert written(tmp_path) == 0
    assert [status["state"] for status in statuses(tmp_path)] == ["interrupted"]
