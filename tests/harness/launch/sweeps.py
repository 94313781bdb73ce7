"""A small sweep under a launcher, its workers, and what it must leave: what the same sweep leaves in one process."""

from __future__ import annotations

import csv
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.running import SMALL

SWEEP = (*SMALL, "strategy=plain,antislop,bad_words", "dataset.limit=3", "decoding.max_new_tokens=40")
TIMES = "throughput"  # the group of metrics that are wall-clock times


def left(folder: Path) -> dict[str, Any]:
    """Texts, scores, states and the table of the only sweep in `folder`, times aside."""
    jobs = sorted(folder.glob("runs/faults/*/samples.jsonl"))
    return {
        "texts": {path.parent.name: path.read_bytes() for path in jobs},
        "scores": {path.parent.name: _scores(path.parent) for path in jobs},
        "states": {path.parent.name: json.loads((path.parent / "status.json").read_text()) for path in jobs},
        "table": _table(folder),
    }


def _scores(job: Path) -> dict[str, Any]:
    scores = json.loads((job / "scores.json").read_text())
    return {group: metrics for group, metrics in scores.items() if group != TIMES}


def _table(folder: Path) -> list[dict[str, str]]:
    (path,) = folder.glob("reports/faults/*/table.csv")
    with path.open(newline="") as file:
        return [row for row in csv.DictReader(file) if not row["metric"].startswith(TIMES)]


def written(folder: Path) -> int:
    """Texts on disk."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob("runs/faults/*/samples.jsonl"))


def workers(scratch: Path) -> set[int]:
    """Processes that hold a lock on the leash of a command whose TMPDIR is `scratch`."""
    return {int(path.stem) for path in scratch.glob("backtrack-harness-*/[0-9]*.lock")}


def lives(pid: int) -> bool:
    """A zombie, dead but not yet waited for, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def of_family(scratch: Path) -> set[int]:
    """Living processes of this user that inherited `scratch` as TMPDIR, whoever their parent is by now."""
    wanted = f"TMPDIR={scratch}".encode()
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            inherited = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in inherited and int(entry.name) != os.getpid() and lives(int(entry.name)):
            found.add(int(entry.name))
    return found


def wait_until(there: Callable[[], object], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline, "it never came to it"
        time.sleep(0.05)
