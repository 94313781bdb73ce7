"""Which code a strategy is: written beside the texts it wrote, and asked about before it writes more."""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config.settings import StrategySettings
from harness.planning.arm import names_of
from harness.plugins.registry import find_plugin, strategy_kind
from harness.store.jobfolder import JobFolder

if TYPE_CHECKING:
    from harness.planning.plan import Job

log = logging.getLogger(__name__)

RECORDED = "strategies"  # the key in provenance.json
SHOWN = 3  # jobs named in a warning


def code_of(strategy: StrategySettings) -> dict[str, dict[str, str | None]]:
    """Name → file, SHA-256 and package, of it and of those inside it; of a plug-in the file's text too."""
    return {name: _code_of(name) for name in names_of(strategy)}


def _code_of(name: str) -> dict[str, str | None]:
    plugin = find_plugin(name)
    if plugin is None:
        file = _own_file(name)
        return {"package": None, "file": f"strategies/{file.name}", "digest": _digest(file)}
    text = plugin.code.decode("utf-8", "replace")
    return {"package": plugin.package, "file": str(plugin.file), "digest": plugin.digest, "code": text}


def _own_file(name: str) -> Path:
    return Path(str(sys.modules[strategy_kind(name).__module__].__file__))


@cache
def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def warn_of_edits(jobs: Iterable[Job]) -> None:
    """Say in one line for each strategy that texts on disk were written by another version of its file.

    Of this package's strategies, that is: a plug-in's code is part of a job's name.
    """
    edited: dict[str, list[str]] = {}
    for job in jobs:
        for name in _edited(job):
            edited.setdefault(name, []).append(job.id)
    for name, ids in edited.items():
        log.warning("strategy=%s: %s", name, _said(name, ids))


def _said(name: str, ids: Sequence[str]) -> str:
    jobs = f"{len(ids)} job{'s' * (len(ids) > 1)}"
    which = f"{', '.join(ids[:SHOWN])}, …" if len(ids) > SHOWN else ", ".join(ids)
    return (
        f"{_own_file(name).name} has changed since it wrote texts of {jobs} here ({which}); they stay and are "
        "continued. For new ones raise the class's `revision`, or delete their folders"
    )


def _edited(job: Job) -> Iterator[str]:
    now = code_of(job.settings.strategy)
    before = _recorded(job.folder)
    for name, code in now.items():
        if any(digest != code["digest"] for digest in before.get(name, ())):
            yield name


def _recorded(folder: JobFolder) -> Mapping[str, set[str]]:
    """Name → the digests of all that wrote in the folder; none where it has no texts, or is older than this record."""
    if not folder.samples.is_file():
        return {}
    last = folder.read_provenance() or {}
    found: dict[str, set[str]] = {}
    for record in [last, *_list(last.get("earlier"))]:
        for name, code in _group(_group(record).get(RECORDED)).items():
            if isinstance(digest := _group(code).get("digest"), str):
                found.setdefault(name, set()).add(digest)
    return found


def _group(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
