"""launcher=ray: a cluster of this machine alone, with two workers, which ends with the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.running import run
from tests.harness.launch.sweeps import SWEEP, left, of_family, wait_until

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
