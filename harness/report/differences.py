"""What differs between sweeps that stand side by side: their settings, lists, weights and versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.leaves import leaves
from harness.report.side_by_side import LISTS
from harness.report.sweep_data import JobData, SweepData
from harness.store.jobfolder import JobFolder

# Where a sweep writes, which says nothing about what it wrote.
ELSEWHERE = ("experiment_name", "runs_dir", "reports_dir", "tracking", "dry_run", "profile", "task")
DIGITS = 16


@dataclass(frozen=True)
class Difference:
    """A setting, and for each sweep its value, or all its values where the sweep's jobs differ in it."""

    name: str
    values: tuple[str, ...]


def differences(sweep: SweepData) -> tuple[Difference, ...]:
    """Those between the sources of `sweep`, in the order of the settings; none for a sweep by itself."""
    told = [_told(source.sweep) for source in sweep.sources]
    names = dict.fromkeys(name for one in told for name in one)
    found = (Difference(name, tuple(" | ".join(one.get(name, {"–": None})) for one in told)) for name in names)
    return tuple(difference for difference in found if len(set(difference.values)) > 1)


def _told(sweep: SweepData) -> dict[str, dict[str, None]]:
    """Setting → its values in the order of the jobs."""
    values: dict[str, dict[str, None]] = {}
    for job in sweep.done:
        for name, value in _facts(job):
            values.setdefault(name, {})[value] = None
    return values


def _facts(job: JobData) -> Iterator[tuple[str, str]]:
    folder = JobFolder(job.folder)
    if folder.config.is_file():
        for name, value in leaves(folder.read_config()):
            if name.split(".")[0] not in ELSEWHERE:
                yield name, _spelled(value)
    for what, listed in zip(LISTS, job.lists, strict=True):
        yield f"{what}, digest", listed.digest[:DIGITS] or "–"
    yield "prompts", str(len({sample.prompt_id for sample in job.samples}))
    yield from _provenance(folder.read_provenance() or {})


def _provenance(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for group, name in (("model", "weights"), ("model", "tokenizer"), ("git", "commit")):
        said = record.get(group)
        if isinstance(said, Mapping) and said.get(name) is not None:
            yield f"{group}, {name}", str(said[name])[:DIGITS]
    for name in ("prompts", "engine", "device", "python"):
        if record.get(name) is not None:
            yield {"prompts": "prompts, digest"}.get(name, name), str(record[name])[:DIGITS]
    packages = record.get("packages")
    for name, version in packages.items() if isinstance(packages, Mapping) else ():
        yield f"package {name}", str(version)


def _spelled(value: object) -> str:
    text = str(value)
    return Path(text).name if text.startswith("/") else text  # the folder is one machine's business
