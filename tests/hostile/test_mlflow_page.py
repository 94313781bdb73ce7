"""MLflow's own page of a run whose label, model and settings try to run: opened in a browser, from a real server."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from harness.tracking.note import job_note, sweep_note
from tests.harness.tracking.server import Server
from tests.hostile.test_page import ALL, ATTACKS, NEEDS, ran

JOB = {"job_id": "job1", "label": ALL, "model": ALL, "strategy": ALL, "decoding": {}, "state": "done"}
SWEEP = {"experiment": ALL, "sweep_id": ALL, "jobs": [JOB]}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    server.start()
    yield server
    server.kill()


@NEEDS
@pytest.mark.slow
@pytest.mark.parametrize("note", [job_note(JOB, {}), sweep_note(SWEEP, "")], ids=["job", "sweep"])
def test_the_note_is_read_and_runs_nothing(note: str, server: Server, tmp_path: Path) -> None:
    client = MlflowClient(server.address)
    experiment = client.create_experiment("hostile")
    run = client.create_run(experiment, tags={"mlflow.note.content": note, "label": ALL[:4000]}, run_name="mine")
    client.log_param(run.info.run_id, "strategy", ALL[:4000])
    address = f"{server.address}/#/experiments/{experiment}/runs/{run.info.run_id}"
    document = opened(address, tmp_path / "profile")
    assert not ran(document)
    assert "<strong>&lt;script" in document  # the note, its Markdown read and the names in it text
    assert all(attack not in document for attack in (ATTACKS["image"], ATTACKS["vector"], ATTACKS["details"]))


def opened(address: str, profile: Path) -> str:
    """The document once the page has fetched what it shows."""
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000", f"--user-data-dir={profile}")
    command = ["chromium", *flags, "--dump-dom", address]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
