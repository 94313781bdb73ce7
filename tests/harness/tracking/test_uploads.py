"""What lies with a run is known by a tag; a tag that says nothing costs an upload and no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from harness.config.settings import Settings
from harness.tracking import open_tracking
from harness.tracking.uploads import UPLOADED
from tests.harness.tracking.conftest import Sweep
from tests.harness.tracking.server import held, written


@pytest.mark.parametrize("broken", ["{", "[]", "null", '{"samples.jsonl": 3}'])
def test_a_tag_that_cannot_be_read_means_upload_again(
    broken: str, sweep: Sweep, settings: Callable[..., Settings], uri: str, tmp_path: Path
) -> None:
    """Tags are edited by hand, and cut by the store where they are too long."""

    def log() -> None:
        sweep.log(open_tracking(settings("tracking=mlflow", f"tracking.uri={uri}")))

    log()
    before, client = held(uri, "x_y"), MlflowClient(uri)
    assert all(
        "report.html" in json.loads(run["tags"][UPLOADED]) for run in before.values() if "sweep_id" in run["tags"]
    )
    for run_id in before:
        client.set_tag(run_id, UPLOADED, broken)
    files = written(tmp_path / "store/mlartifacts")
    log()
    again = held(uri, "x_y")
    assert {run_id: (run["tags"], run["artifacts"]) for run_id, run in again.items()} == {
        run_id: (run["tags"], run["artifacts"]) for run_id, run in before.items()
    }
    assert written(tmp_path / "store/mlartifacts") != files
