"""sweep.json as it is read: whoever wrote it, its fields have their types and its jobs lie where jobs lie."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.paths import is_file
from harness.store.schema import read_record
from harness.typed import convert

Texts = tuple[str, ...]
Group = Mapping[str, Any]
SWEEP: Mapping[str, Any] = {"sweep_id": str, "experiment": str, "jobs": tuple[Group, ...]}
JOB: Mapping[str, Any] = {"job_id": str, "folder": str, "model": str, "strategy": str, "label": str, "state": str}
LIST: Mapping[str, Any] = {"name": str, "digest": str, "entries": Texts}
# What may be missing.
MORE_OF_SWEEP: Mapping[str, Any] = {
    "command": Texts,
    "phrases": Group | None,
    "regexes": Group | None,
    "heldout": Group | None,
    "other_phrases": tuple[Group, ...],
    "primary_metrics": Texts,
    "scorers": Texts,
    "margins": Group,
    "settings": Group,
}
MORE_OF_JOB: Mapping[str, Any] = {
    "options": Group,
    "decoding": Group,
    "seed": int,
    "error": str | None,
    "phrases": str | None,
    "embedded": bool,
}


def read_sweep_file(sweep_folder: Path) -> dict[str, Any]:
    """The content of the folder's sweep.json.

    Raise InputError: no such file, another version, a field missing or of a wrong type, a job elsewhere; ValueError,
    naming the file, when it is no JSON object.
    """
    path = sweep_folder / "sweep.json"
    if not is_file(path):
        raise InputError(
            "SWEEP_FOLDER", str(sweep_folder), "it has no sweep.json; give reports/<experiment>/<sweep id>"
        )
    sweep = read_record(path)
    _check_fields(sweep, SWEEP, MORE_OF_SWEEP, "sweep.json")
    for name in ("phrases", "regexes", "heldout"):
        if sweep.get(name) is not None:
            _check_fields(sweep[name], LIST, {}, f"sweep.json.{name}")
    for index, listed in enumerate(sweep.get("other_phrases", ())):
        _check_fields(listed, LIST, {}, f"sweep.json.other_phrases[{index}]")
    for metric, margin in sweep.get("margins", {}).items():
        convert(float, margin, f"sweep.json.margins.{metric}")
    for index, job in enumerate(sweep["jobs"]):
        _check_job(job, f"sweep.json.jobs[{index}]")
    return sweep


def job_folder(sweep_folder: Path, job: Mapping[str, Any]) -> Path:
    """Where a job of the sweep lies, absolute."""
    return (sweep_folder / str(job["folder"])).resolve()


def _check_job(job: Mapping[str, Any], where: str) -> None:
    _check_fields(job, JOB, MORE_OF_JOB, where)
    name = job["job_id"]
    if os.path.isabs(job["folder"]) or Path(job["folder"]).name != name or name in ("", ".", ".."):
        raise InputError(
            f"{where}.folder", job["folder"], f"must be a relative path that ends in the job's id {name!r}"
        )


def _check_fields(record: Mapping[str, Any], needed: Mapping[str, Any], more: Mapping[str, Any], where: str) -> None:
    for name, kind in needed.items():
        if name not in record:
            raise InputError(where, ", ".join(map(str, record)), f"it lacks {name!r}; run the sweep's command again")
        convert(kind, record[name], f"{where}.{name}")
    for name, kind in more.items():
        if name in record:
            convert(kind, record[name], f"{where}.{name}")
