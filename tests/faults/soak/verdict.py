"""Whether two sweeps left the same, times aside."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.soak.victim import Victim

TIMES = "throughput"  # the group of metrics that are wall-clock times
TABLES = ("displacement.csv", "waste.csv")


def differences(peaceful: Victim, tormented: Victim) -> Iterator[str]:
    """One line for each file that differs; none is what should come."""
    ours, theirs = ({path.name: path for path in victim.jobs()} for victim in (peaceful, tormented))
    if ours.keys() != theirs.keys():
        yield f"jobs: {sorted(ours.keys() ^ theirs.keys())}"
        return
    for job, folder in ours.items():
        if (folder / "samples.jsonl").read_bytes() != (theirs[job] / "samples.jsonl").read_bytes():
            yield f"{job}/samples.jsonl"
        if _scores(folder) != _scores(theirs[job]):
            yield f"{job}/scores.json"
        if (folder / "status.json").read_bytes() != (theirs[job] / "status.json").read_bytes():
            yield f"{job}/status.json"
        leftovers = sorted(
            path.name for path in theirs[job].iterdir() if path.name.startswith(".") and path.name != ".lock"
        )
        if leftovers:
            yield f"{job}: {leftovers} left behind"
    if _table(peaceful.report()) != _table(tormented.report()):
        yield "table.csv"
    for name in TABLES:
        if (peaceful.report() / name).read_bytes() != (tormented.report() / name).read_bytes():
            yield name


def written_again(victim: Victim) -> int:
    """Texts that were timed beyond one for each cell."""
    timed = selected = 0
    for job in victim.jobs():
        timed += sum(segment["samples"] for segment in json.loads((job / "timing.json").read_text())["segments"])
        selected += json.loads((job / "status.json").read_text())["selected"]
    return max(timed - selected, 0)


def doubled_runs(victim: Victim) -> list[str]:
    """MLflow runs that are there twice, or not finished."""
    with sqlite3.connect(victim.folder / "mlflow.db") as database:
        rows = database.execute(
            "select t.value, count(*), min(r.status), max(r.status) from runs r join tags t on t.run_uuid = r.run_uuid "
            "where t.key = 'job_id' group by t.value"
        ).fetchall()
    found = {job: (count, {low, high}) for job, count, low, high in rows}
    names = {job.name for job in victim.jobs()}
    return sorted(names ^ found.keys()) + [job for job, state in found.items() if state != (1, {"FINISHED"})]


def _scores(job: Path) -> dict[str, Any]:
    scores = json.loads((job / "scores.json").read_text())
    return {group: metrics for group, metrics in scores.items() if group != TIMES}


def _table(report: Path) -> list[dict[str, str]]:
    with (report / "table.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if not row["metric"].startswith(f"{TIMES}.")]
