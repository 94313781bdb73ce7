"""The folder of one job: `runs/<experiment>/<job id>/`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from harness.parsing import read_json, read_settings
from harness.store.records import Sample, read_samples, write_json
from harness.store.schema import check_run, read_record
from harness.typed import build, convert

State = Literal["running", "done", "failed", "interrupted"]
Scores = Mapping[str, Mapping[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class Status:
    """How far a job is: `samples` of the `selected` cells are on disk and stand; `failed`: of all that are on disk."""

    state: State
    error: str | None
    samples: int
    selected: int
    failed: int = 0


@dataclass(frozen=True)
class JobFolder:
    """Names the files of a job and reads them.

    Readers raise InputError for a folder of another version or a field of a wrong type, ValueError, naming the file,
    for what is no JSON or YAML.
    """

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

    @property
    def files(self) -> tuple[Path, ...]:
        """All of the above."""
        return (self.samples, self.status, self.timing, self.provenance, self.config, self.scores)

    def read_status(self) -> Status | None:
        if not self.status.exists():
            return None
        check_run(self.path)
        try:
            return build(Status, read_json(self.status), str(self.status))
        except ValueError as error:
            raise ValueError(f"{error}; the sweep's command writes it anew") from None

    def known_status(self) -> Status | None:
        """The same for who writes it anew: a broken one is none, since the samples say all that it says."""
        check_run(self.path)
        try:
            return self.read_status()
        except ValueError:
            return None

    def write_status(self, status: Status) -> None:
        write_json(self.status, asdict(status))

    def read_selected(self) -> list[Sample]:
        """The samples that the last command asked for.

        A finished file starts with the selected cells in (prompt, repeat) order; cells of an earlier run with a larger
        limit or more repeats follow them, so that asking for them again costs nothing.
        """
        check_run(self.path)
        samples = read_samples(self.samples)
        status = self.read_status()
        return samples[: status.selected] if status is not None and status.state == "done" else samples

    def read_config(self) -> dict[str, Any]:
        """The job's settings as they were resolved."""
        check_run(self.path)
        return read_settings(self.config)

    def read_scores(self) -> Scores:
        """Scorer → metric → {"value", "ci", …}; nothing where the job was never scored."""
        if not self.scores.is_file():
            return {}
        check_run(self.path)
        return _checked_scores(read_json(self.scores), str(self.scores))

    def read_provenance(self) -> dict[str, Any] | None:
        """What made the job's samples; None where the folder does not say."""
        return read_record(self.provenance) if self.provenance.is_file() else None


def _checked_scores(record: object, name: str) -> Scores:
    scores: Scores = convert(Mapping[str, Any], record, name)
    for scorer, metrics in scores.items():
        for metric, entry in convert(Mapping[str, Any], metrics, f"{name}.{scorer}").items():
            where = f"{name}.{scorer}.{metric}"
            convert(Mapping[str, Any], entry, where)
            convert(float | None, entry.get("value"), f"{where}.value")
            convert(tuple[float, ...] | None, entry.get("ci"), f"{where}.ci")
    return scores
