"""Whether two sweeps left the same: byte for byte, but for times and what short memory made the model read again."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.faults.soak.victim import Victim
from tests.harness.tracking.server import held

TIMES = "throughput"  # the group of metrics that are wall-clock times
REFED = "refed_per_kept"  # tokens fed again: a row that was sent back for lack of memory pays for it, and says so
FED = re.compile(rb'"(?:re)?fed": \d+')  # the same in a sample's cost
TABLES = ("displacement.csv", "waste.csv")


def differences(peaceful: Victim, tormented: Victim) -> Iterator[str]:
    """One line for each file that differs; none is what should come."""
    ours, theirs = ({path.name: path for path in victim.jobs()} for victim in (peaceful, tormented))
    if ours.keys() != theirs.keys():
        yield f"jobs: {sorted(ours.keys() ^ theirs.keys())}"
        return
    for job, folder in ours.items():
        if _texts(folder) != _texts(theirs[job]):
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
        timing = job / "timing.json"  # not there where a kill came after the last text and before its time
        segments = json.loads(timing.read_text())["segments"] if timing.exists() else []
        timed += sum(segment["samples"] for segment in segments)
        selected += json.loads((job / "status.json").read_text())["selected"]
    return max(timed - selected, 0)


def differing_runs(peaceful: Victim, tormented: Victim) -> Iterator[str]:
    """One line for each of MLflow's runs that is not there once and finished, with the numbers of the other's."""
    ours, theirs = (_runs(victim) for victim in (peaceful, tormented))
    yield from (f"{job}: only one of the sweeps has its run" for job in sorted(ours.keys() ^ theirs.keys()))
    for job in sorted(ours.keys() & theirs.keys()):
        yield from (f"{job}: {what}" for what in ours[job] if ours[job][what] != theirs[job][what])


def _runs(victim: Victim) -> dict[str, dict[str, Any]]:
    """What MLflow holds, by job, times aside; `held` fails where a job has two runs."""
    stored = held(victim.server or f"sqlite:///{victim.folder / 'mlflow.db'}", "soak")
    return {
        run["tags"].get("job_id", "parent"): {
            "status": run["info"]["status"],
            "params": run["params"],
            "metrics": {
                name: [value for value, _ in points] for name, points in run["metrics"].items() if _is_compared(name)
            },
            "artifacts": [path for path, _ in run["artifacts"] if not path.endswith("timing.json")],
            "inputs": run["inputs"],
        }
        for run in stored.values()
    }


def _texts(job: Path) -> bytes:
    return FED.sub(b"", (job / "samples.jsonl").read_bytes())


def _is_compared(metric: str) -> bool:
    """By its full name, cost.refed_per_kept, which MLflow lengthens for the ends of intervals."""
    return not metric.startswith(f"{TIMES}.") and REFED not in metric


def _scores(job: Path) -> dict[str, Any]:
    scores = json.loads((job / "scores.json").read_text())
    named = {f"{group}.{name}": score for group, metrics in scores.items() for name, score in metrics.items()}
    return {name: score for name, score in named.items() if _is_compared(name)}


def _table(report: Path) -> list[dict[str, str]]:
    """Without p_adjusted, in which all metrics of a family have a part, those that are not compared too."""
    with (report / "table.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if _is_compared(row["metric"])]
    return [{key: value for key, value in row.items() if key != "p_adjusted"} for row in rows]
