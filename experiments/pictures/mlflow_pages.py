"""What there is to see of a sweep in MLflow: its runs, its page, its jobs side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

from mlflow import MlflowClient
from mlflow.entities import Run
from playwright.sync_api import Page

from experiments.pictures.browser import Picture
from harness.tracking.views import view_key

TRAINING = "workflowType=machine_learning"


def pictures(address: str, experiment: str) -> Iterator[Picture]:
    """Of the experiment's only sweep. Raise ValueError when a run is missing."""
    client = MlflowClient(address)
    found = client.get_experiment_by_name(experiment)
    if found is None:
        raise ValueError(f"{address}: no experiment {experiment!r}")
    runs = client.search_runs([found.experiment_id], order_by=["attributes.start_time ASC"])
    (sweep,) = (run for run in runs if "sweep_id" in run.data.tags)
    jobs = [run for run in runs if "job_id" in run.data.tags]
    soft = next((run for run in jobs if "ban=soft" in run.data.tags["label"]), jobs[-1])
    home = f"{address}/#/experiments/{found.experiment_id}/runs"
    view = f"{home}?{TRAINING}&viewStateShareKey={view_key(sweep.data.tags)}"
    names = tuple(name_of(run) for run in jobs[:2])
    yield Picture("mlflow_runs", f"{home}?{TRAINING}", names, then=_expand)
    yield Picture("mlflow_table", view, (*names, "slop.hits_per_1k_words"), then=_close_banner)
    yield Picture(
        "mlflow_charts", f"{view}&compareRunsMode=CHART", ("Parallel Coordinates", *names), 900, _close_banner
    )
    yield Picture("mlflow_sweep", _run(home, sweep), ("its jobs in a table", "Models:"), 900, _show_more)
    yield Picture("mlflow_job", _run(home, soft), ("Datasets", name_of(soft), "inkling_prompts"))
    yield Picture("mlflow_datasets", _run(home, soft), ("3 datasets used", "inkling_heldout"), then=_open_datasets)
    yield Picture("mlflow_report", _file(home, sweep, "report.html"), ("report.html",), 900, _wait_for_report)
    yield Picture(
        "mlflow_figure", _file(home, sweep, "slop_against_cost.png"), ("slop_against_cost.png",), then=_wait_for_image
    )
    yield Picture("mlflow_card", _file(home, soft, "strategy_card.md"), ("strategies/antislop.py", "default"))
    yield Picture("mlflow_compare", _compare(address, found.experiment_id, jobs), ("decoding.temperature",), 900)


def name_of(run: Run) -> str:
    return str(run.info.run_name)


def _run(home: str, run: Run) -> str:
    return f"{home}/{run.info.run_id}?{TRAINING}"


def _file(home: str, run: Run, name: str) -> str:
    return f"{home}/{run.info.run_id}/artifacts/{name}?{TRAINING}"


def _compare(address: str, experiment: str, jobs: list[Run]) -> str:
    runs = quote(json.dumps([run.info.run_id for run in jobs]))
    return f"{address}/#/compare-runs?runs={runs}&experiments={quote(json.dumps([experiment]))}"


def _expand(page: Page) -> None:
    page.locator(".ag-row button").first.click()


def _close_banner(page: Page) -> None:
    """What says that the view came by a link."""
    page.get_by_text("Exit shared view").locator("xpath=following::button[1]").click()


def _show_more(page: Page) -> None:
    page.get_by_text("Show more").first.click()


def _open_datasets(page: Page) -> None:
    page.get_by_text("inkling_prompts (").first.click()
    page.get_by_text("inkling_banned (").last.click()


def _wait_for_report(page: Page) -> None:
    page.frame_locator("iframe").get_by_role("heading", name="Main table").wait_for()


def _wait_for_image(page: Page) -> None:
    page.locator("img[src^='blob:'], img[src*='artifact']").first.wait_for()
