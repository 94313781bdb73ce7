"""launcher=ray: a cluster of this machine alone, with two workers, which ends with the command."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import run, start
from tests.launchers.sweeps import SWEEP, left, of_family, wait_until, workers, written

pytestmark = pytest.mark.slow


def _ray(scratch: Path) -> tuple[str, ...]:
    return (*SWEEP, "launcher=ray", f"+hydra.launcher.ray.init._temp_dir={scratch}/ray")


def test_a_local_cluster_leaves_what_one_process_leaves(tmp_path: Path, scratch: Path, alone: dict[str, Any]) -> None:
    code, _, said = run(tmp_path, *_ray(scratch))
    assert code == 0, said
    assert left(tmp_path) == alone
    assert "9/9 texts" in said
    wait_until(lambda: not of_family(scratch), 30)
    # What a runtime_env would have packed and sent to every node: the working directory, models and all.
    assert not list(scratch.glob("ray/session_*/runtime_resources/working_dir_files/*"))


def test_ctrl_c_ends_the_cluster(tmp_path: Path, scratch: Path) -> None:
    longer = (*_ray(scratch), "batch_size=1", "dataset.limit=8", "decoding.max_new_tokens=100")
    command = start(tmp_path, *longer)
    wait_until(lambda: written(tmp_path) >= 2 and len(workers(scratch)) == 2)
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=120)
    assert command.returncode == 130, said
    wait_until(lambda: not of_family(scratch), 30)
    before = written(tmp_path)
    code, _, said = run(tmp_path, *longer)
    assert code == 0, said
    assert 2 <= before < written(tmp_path) == 24
