"""A sweep's view in MLflow's "Views" menu, read as MLflow's page reads it."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import Any

import pytest
from mlflow import MlflowClient

from harness.config.settings import Settings
from harness.tracking import open_tracking
from harness.tracking.kind import kind_of
from harness.tracking.views import PACKED, PREFIX, links, view_key, view_tag
from tests.harness.tracking.conftest import Sweep

CREATED = 1_700_000_000_000


def opened(value: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The envelope and the state, by the steps of MLflow's page: JSON, base64, inflate, JSON."""
    view = json.loads(value)
    packed = view.pop("state")
    assert packed.startswith(PACKED)
    return view, json.loads(zlib.decompress(base64.b64decode(packed.removeprefix(PACKED))))


def view_of(sweep: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    tag = view_tag(sweep, kind_of(sweep), CREATED)
    assert tag is not None
    return opened(tag[1])


def test_it_shows_the_jobs_of_its_sweep_by_the_declared_metrics(sweep: Sweep) -> None:
    declared = ["diversity.mattr_50", "slop.hits_per_1k_words"]
    view, state = view_of({**sweep.content, "primary_metrics": declared})
    assert view == {"name": "sweep s1: 2 jobs", "createdAt": CREATED, "updatedAt": CREATED}
    assert state["searchFilter"] == "tags.sweep = 's1'"
    assert state["selectedColumns"][:2] == [f"metrics.`{name}`" for name in declared]
    assert [chart["metricKey"] for chart in state["compareRunCharts"] if chart["type"] == "BAR"] == declared


def test_jobs_stand_by_themselves(sweep: Sweep) -> None:
    """Sorted by time, MLflow folds them away below their sweep, and a new view would show one line."""
    assert view_of(sweep.content)[1]["orderByKey"] != "attributes.start_time"


def test_every_chart_lies_in_a_section_and_every_column_has_a_width(sweep: Sweep) -> None:
    state = view_of(sweep.content)[1]
    sections = {section["uuid"] for section in state["compareRunSections"]}
    charts = [chart["uuid"] for chart in state["compareRunCharts"]]
    assert {chart["metricSectionId"] for chart in state["compareRunCharts"]} <= sections
    assert len(set(charts)) == len(charts)
    assert set(state["selectedColumns"]) <= set(state["columnOrder"]) == set(state["columnWidths"])


def test_laws_have_a_view_of_their_own_numbers() -> None:
    jobs = [{"model": "cliches", "strategy": "plain", "label": "plain"}]
    state = view_of({"task": "law", "sweep_id": "s2", "experiment": "x", "jobs": jobs})[1]
    assert "metrics.`law.tv`" in state["selectedColumns"]
    assert "params.`decoding.temperature`" not in state["selectedColumns"]


def test_a_view_longer_than_mlflow_takes_is_none(sweep: Sweep) -> None:
    """set_experiment_tag would refuse it, and the sweep's logging would end there."""
    names = [f"slop.{hashlib.sha256(bytes([number])).hexdigest()}" for number in range(200)]
    many = {**sweep.content, "primary_metrics": names}
    assert view_tag(many, kind_of(many), CREATED) is None


def test_links_name_the_view_and_the_report(sweep: Sweep) -> None:
    found = links(sweep.content, "7", "run", "report.html")
    assert f"(#/experiments/7/runs?workflowType=machine_learning&viewStateShareKey={view_key(sweep.content)})" in found
    assert "[the report](#/experiments/7/runs/run/artifacts/report.html)" in found
    assert "report" not in links(sweep.content, "7", "run", None)


def test_the_experiment_holds_it_once_and_what_people_wrote_stays(
    sweep: Sweep, settings: Any, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def log() -> dict[str, str]:
        tracked: Settings = settings("tracking=mlflow", f"tracking.uri={uri}")
        sweep.log(open_tracking(tracked))
        return dict(MlflowClient(uri).get_experiment_by_name("x_y").tags)

    tags = log()
    assert opened(tags[PREFIX + "sweep-s1"])[0]["name"] == "sweep s1: 2 jobs"
    assert tags["mlflow.experimentKind"] == "custom_model_development"
    assert log() == tags
    client = MlflowClient(uri)
    client.set_experiment_tag(client.get_experiment_by_name("x_y").experiment_id, PREFIX + "sweep-s1", "mine")
    assert log()[PREFIX + "sweep-s1"] == "mine"
