"""The folder of one job: `runs/<experiment>/<job id>/`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from harness.records import Sample, read_samples, write_json

State = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True)
class Status:
    """How far a job is: `samples` of the `selected` cells are on disk."""

    state: State
    error: str | None
    samples: int
    selected: int


@dataclass(frozen=True)
class JobFolder:
    """Names the files of a job and reads the small ones."""

    path: Path

    @property
    def samples(self) -> Path:
        return self.path / "samples.jsonl"

    @property
    def status(self) -> Path:
        return self.path / "status.json"

    @property
    def timing(self) -> Path:
        return self.path / "timing.json"

    @property
    def provenance(self) -> Path:
        return self.path / "provenance.json"

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def scores(self) -> Path:
        return self.path / "scores.json"

    def read_status(self) -> Status | None:
        return Status(**read_json(self.status)) if self.status.exists() else None

    def write_status(self, status: Status) -> None:
        write_json(self.status, asdict(status))

    def read_selected(self) -> list[Sample]:
        """The samples that the last command asked for.

        A finished file starts with the selected cells in (prompt, repeat) order; cells of an earlier run with a larger
        limit or more repeats follow them, so that asking for them again costs nothing.
        """
        samples = read_samples(self.samples)
        status = self.read_status()
        return samples[: status.selected] if status is not None and status.state == "done" else samples


def read_json(path: Path) -> Any:
    """Raise ValueError, naming the file, when it is not JSON."""
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
