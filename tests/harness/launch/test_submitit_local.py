"""launcher=submitit_local: the way to a cluster, rehearsed with real processes of submitit on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import run
from tests.harness.launch.sweeps import SWEEP, left, of_family

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
