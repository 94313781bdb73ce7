"""Cards and tables of runs whose names try to run, opened in MLflow's artifact pane and on its page of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlflow import MlflowClient

from harness.tracking.cards import model_card, strategy_card
from harness.tracking.note import jobs_table, sweep_note
from tests.harness.tracking.server import Server
from tests.hostile.test_mlflow_page import SWEEP, opened
from tests.hostile.test_page import ALL, ATTACKS, NEEDS, ran

ARM = {"name": ALL, ALL: ALL, "strategies": [{"name": ALL, "x": ALL}]}
CARDS = {
    "model": model_card({"model": {"label": ALL, "location": ALL}, "device": ALL}, {ALL: ALL}, embedded=False),
    "strategy": strategy_card(ALL, ARM),
}


@NEEDS
@pytest.mark.slow
@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
def test_a_card_is_read_and_runs_nothing(card: str, server: Server, tmp_path: Path) -> None:
    client = MlflowClient(server.address)
    experiment = client.create_experiment("hostile")
    run = client.create_run(experiment).info.run_id
    client.log_text(run, card, "card.md")
    document = opened(f"{server.address}/#/experiments/{experiment}/runs/{run}/artifacts/card.md", tmp_path / "profile")
    assert not ran(document)
    assert "&lt;script&gt;document.title" in document.partition("<h1")[2]
    assert all(attack not in document for attack in (ATTACKS["image"], ATTACKS["vector"], ATTACKS["details"]))


@NEEDS
@pytest.mark.slow
def test_a_sweeps_table_is_read_and_runs_nothing(server: Server, tmp_path: Path) -> None:
    client = MlflowClient(server.address)
    experiment = client.create_experiment("hostile")
    image = ATTACKS["image"]
    table = jobs_table([image, "slop.hits"], [(image, {image: image, "slop.hits": "1 [0, 2]"})])
    note = sweep_note(SWEEP, table)
    assert table in note
    run = client.create_run(experiment, tags={"mlflow.note.content": note}).info.run_id
    document = opened(f"{server.address}/#/experiments/{experiment}/runs/{run}", tmp_path / "profile")
    assert not ran(document)
    assert "slop.<br>hits</th>" in document
    assert image not in document
