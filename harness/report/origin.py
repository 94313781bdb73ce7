"""Where a sweep's numbers come from: models, lists, versions, command; collected over its jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from harness.report.sweep_data import SweepData
from harness.store.jobfolder import JobFolder

DIGITS = 16  # of a digest, enough to tell files apart by eye


@dataclass(frozen=True)
class ModelOrigin:
    """A model as it was run."""

    label: str
    revision: str
    dtype: str
    device: str
    weights: str
    tokenizer: str
    rewind: str


@dataclass(frozen=True)
class Origin:
    """`facts`: name → value, or all values where jobs differ."""

    models: tuple[ModelOrigin, ...]
    facts: Mapping[str, str]


def read_origin(sweep: SweepData) -> Origin:
    """From the provenance.json of every finished job that has one."""
    folders = [JobFolder(job.folder) for job in sweep.done]
    records = [made for folder in folders if (made := folder.read_provenance()) is not None]
    models = dict.fromkeys(_model(record) for record in records)
    return Origin(tuple(models), {**_of_sweep(sweep), **_of_jobs(records)})


def _model(record: Mapping[str, Any]) -> ModelOrigin:
    """Without the folder it lay in, which is one machine's business."""
    return ModelOrigin(
        label=_said(record, "model", "label"),
        revision=_said(record, "model", "revision"),
        dtype=_said(record, "dtype") if record.get("dtype") else "as stored",
        device=_said(record, "device"),
        weights=_said(record, "model", "weights")[:DIGITS],
        tokenizer=_said(record, "model", "tokenizer")[:DIGITS],
        rewind=_said(record, "model", "rewind"),
    )


def _said(record: object, *names: str) -> str:
    """What stands under these names, within each other; a dash where nothing does."""
    for name in names:
        record = record.get(name) if isinstance(record, Mapping) else None
    return "–" if record is None else str(record)


def _of_sweep(sweep: SweepData) -> dict[str, str]:
    lists = {"banned list": sweep.phrases, "regexes": sweep.regexes, "held-out list": sweep.heldout}
    return {
        "command": " | ".join(
            " ".join(one.command) for one in (*(source.sweep for source in sweep.sources), sweep) if one.command
        ),
        "sweep": sweep.sweep_id,
        **{
            name: f"{listed.name}, {len(listed.entries)} entries, {listed.digest[:DIGITS]}"
            for name, listed in lists.items()
            if listed.entries
        },
    }


def _of_jobs(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    facts: dict[str, dict[str, None]] = {}
    for record in records:
        for name, value in _facts(record).items():
            facts.setdefault(name, {})[value] = None
    return {name: " | ".join(values) for name, values in facts.items()}


def _facts(record: Mapping[str, Any]) -> dict[str, str]:
    git, packages = record.get("git"), record.get("packages")
    dirty = ", changed since" if isinstance(git, Mapping) and git.get("dirty") else ""
    named = packages.items() if isinstance(packages, Mapping) else ()
    code = ", ".join(_plugins(record.get("strategies")))
    return {
        **({"strategies of others": code} if code else {}),
        "prompts": _said(record, "prompts")[:DIGITS],
        "seed": _said(record, "seed"),
        "batch size": _said(record, "batch_size"),
        "backend": f"{_said(record, 'backend')}, {_said(record, 'threads')} threads",
        "commit": f"{_said(git, 'commit')[:DIGITS]}{dirty}" if git else "no checkout",
        "python": f"{_said(record, 'python')} on {_said(record, 'platform')}",
        "packages": ", ".join(f"{name} {version}" for name, version in named if version is not None),
    }


def _plugins(strategies: object) -> Iterator[str]:
    """Those whose own code is recorded: a file's name without its folder, or a package with its version."""
    for name, made in strategies.items() if isinstance(strategies, Mapping) else ():
        if isinstance(made, Mapping) and "code" in made:
            whose = made.get("package") or PurePath(str(made.get("file"))).name
            yield f"{name} of {whose}, {_said(made, 'digest')[:DIGITS]}"
