"""launcher=submitit_local: the way to a cluster, rehearsed with real processes of submitit on this machine."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import run, start
from tests.launchers.sweeps import SWEEP, left, of_family, wait_until, workers, written

pytestmark = pytest.mark.slow
SUBMITIT = (*SWEEP, "launcher=submitit_local")


def test_a_process_per_job_leaves_what_one_process_leaves(tmp_path: Path, scratch: Path, alone: dict[str, Any]) -> None:
    code, _, said = run(tmp_path, *SUBMITIT)
    assert code == 0, said
    assert left(tmp_path) == alone
    assert "9/9 texts" in said
    assert len(list(tmp_path.glob("runs/.hydra/.submitit/*/*_result.pkl"))) == 3
    assert not of_family(scratch)
    assert run(tmp_path, *SUBMITIT)[0] == 0  # a finished sweep queues for nothing
    assert len(list(tmp_path.glob("runs/.hydra/.submitit/*/*_result.pkl"))) == 3


def test_ctrl_c_leaves_no_worker_and_the_same_command_goes_on(tmp_path: Path, scratch: Path) -> None:
    longer = (*SUBMITIT, "batch_size=1", "dataset.limit=8", "decoding.max_new_tokens=100")
    command = start(tmp_path, *longer)
    wait_until(lambda: written(tmp_path) >= 2 and len(workers(scratch)) == 2)
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=120)
    assert command.returncode == 130, said
    wait_until(lambda: not of_family(scratch), 20)
    before = written(tmp_path)
    code, _, said = run(tmp_path, *longer)
    assert code == 0, said
    assert 2 <= before < written(tmp_path) == 24
