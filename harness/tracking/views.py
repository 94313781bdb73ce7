"""A view of a sweep's jobs in MLflow's run table: its columns and charts, saved where its "Views" menu looks for them.

MLflow keeps views as tags of the experiment, which other versions leave alone; what is written here is what 3.17's page
itself writes when one saves a view.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from harness.tracking.kind import Entry, Kind
from harness.tracking.names import short_id

PREFIX = "mlflow.sharedViewState."
LONGEST = 5000  # of an experiment's tag (mlflow.utils.validation)
PACKED = "deflate;"  # how MLflow's page marks a compressed state
PLOTTED = 3  # axes for metrics in a plot of parallel coordinates; more cannot be told apart
NARROWEST = 120  # pixels
RUN_NAME = "attributes.`Run Name`"
OWN, REST, INTERVALS = "primary metrics", "Model metrics", "interval"


def view_key(sweep: Entry) -> str:
    return f"sweep-{sweep['sweep_id']}"


def view_tag(sweep: Entry, kind: Kind, created: int) -> tuple[str, str] | None:
    """Name and value of the tag; None where MLflow would refuse its length. `created`: milliseconds."""
    name = f"sweep {short_id(sweep)}: {len(sweep['jobs'])} jobs"
    state = json.dumps(_state(sweep, kind), separators=(",", ":"))
    packed = PACKED + base64.b64encode(zlib.compress(state.encode(), 9)).decode()
    value = json.dumps({"name": name, "createdAt": created, "updatedAt": created, "state": packed})
    return (PREFIX + view_key(sweep), value) if len(value) <= LONGEST else None


def links(sweep: Entry, experiment: str, run: str, report: str | None) -> str:
    """Markdown: where to go from a sweep's page. The addresses are relative, so they hold on any server."""
    runs = f"#/experiments/{experiment}/runs"
    view = {"workflowType": "machine_learning", "viewStateShareKey": view_key(sweep)}
    places = {
        "its jobs in a table": f"{runs}?{urlencode(view)}",
        "as charts": f"{runs}?{urlencode({**view, 'compareRunsMode': 'CHART'})}",
        **({"the report": f"{runs}/{run}/artifacts/{report}"} if report else {}),
    }
    return " · ".join(f"[{name}]({place})" for name, place in places.items())


def _state(sweep: Entry, kind: Kind) -> dict[str, Any]:
    """What MLflow's page restores: the jobs of this sweep alone, in their order, with what sets them apart."""
    headlines = kind.headlines(sweep)
    params = [*(["decoding.temperature"] if "decoding" in sweep["jobs"][0] else []), "arm"]
    columns = [*(f"metrics.`{name}`" for name in headlines), *(f"params.`{name}`" for name in params), "tags.`model`"]
    widths = {RUN_NAME: 230, **{column: max(NARROWEST, 7 * len(column) - 35) for column in columns}}
    return {
        "searchFilter": f"tags.sweep = '{sweep['sweep_id']}'",
        "orderByKey": "tags.`mlflow.runName`",  # sorted by time, they would hide below their sweep
        "orderByAsc": True,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "columnOrder": list(widths),
        "columnWidths": widths,
        "runsHiddenMode": "SHOW_ALL",
        "compareRunCharts": list(_charts(params, headlines, kind.cost, len(sweep["jobs"]))),
        "compareRunSections": [
            {"uuid": name, "name": name, "display": name == OWN, "columns": 2, "isReordered": False, "deleted": False}
            for name in (OWN, REST, INTERVALS)
        ],
        "isAccordionReordered": True,
    }


def _charts(params: Sequence[str], headlines: Sequence[str], cost: str, jobs: int) -> Iterator[dict[str, Any]]:
    def chart(kind: str, number: int, **fields: Any) -> dict[str, Any]:
        common = {"uuid": f"{kind}{number}", "type": kind, "metricSectionId": OWN, "deleted": False}
        return {**common, "runsCountToCompare": jobs, "isGenerated": False, **fields}

    axes = list(reversed(headlines[:PLOTTED]))  # the last one colours the lines
    yield chart("PARALLEL", 0, selectedParams=list(params), selectedMetrics=axes, showAllRuns=True)
    if headlines and headlines[0] != cost:
        ways = {"xaxis": cost, "yaxis": headlines[0]}
        yield chart("SCATTER", 0, **{way: {"key": key, "type": "METRIC"} for way, key in ways.items()})
    for number, metric in enumerate(headlines):
        yield chart("BAR", number, metricKey=metric, displayName=metric, isGenerated=True)
