"""The oracle's table as data: strategies in rows, grouped by model; renderers only spell it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.oracle.fidelity import Fidelity
from harness.oracle.record import from_record
from harness.store.schema import read_record
from harness.store.sweep_file import job_folder, read_sweep_file


@dataclass(frozen=True)
class Column:
    """A number, its name in table.csv and docs/METRICS.md, and its title in tables."""

    name: str
    title: str
    value: Callable[[Fidelity], float | None]


COLUMNS = (
    Column("tv", "TV", lambda f: f.tv),
    Column("kl_from_exact", "KL(Q‖P*)", lambda f: f.kl_from_exact),
    Column("kl_to_exact", "KL(P*‖Q)", lambda f: f.kl_to_exact),
    Column("lost", "lost", lambda f: f.lost),
    Column("violation", "violation", lambda f: f.violation),
    Column("outside", "outside", lambda f: f.outside),
    Column("minus_log_z", "−log Z", lambda f: f.minus_log_z),
    Column("excess", "excess nats/token", lambda f: f.excess),
    Column("draws_per_kept", "draws/kept", lambda f: f.draws_per_kept),
    Column("forwards_per_kept", "forwards/kept", lambda f: f.forwards_per_kept),
    Column("residual", "residual", lambda f: f.residual),
)


@dataclass(frozen=True)
class Row:
    """One law."""

    job: Mapping[str, Any]  # its entry in sweep.json
    found: Fidelity

    @property
    def label(self) -> str:
        return str(self.job["label"])


@dataclass(frozen=True)
class Group:
    """The laws on one model."""

    model: str
    probes: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class LawTable:
    """All of it; strings are plain text, renderers escape them."""

    experiment: str
    sweep_id: str
    groups: tuple[Group, ...]
    caption: str
    missing: tuple[str, ...]


def read_table(sweep_folder: Path) -> LawTable:
    """From sweep.json and the law.json files it names. Raise InputError where there is no sweep."""
    sweep = read_sweep_file(sweep_folder)
    rows = list(_rows(sweep["jobs"], sweep_folder))
    models = dict.fromkeys((row.job["model"], row.job["probes"]) for row in rows)
    there = {row.job["job_id"] for row in rows}
    return LawTable(
        experiment=sweep["experiment"],
        sweep_id=sweep["sweep_id"],
        groups=tuple(Group(*key, tuple(row for row in rows if row.job["model"] == key[0])) for key in models),
        caption=_caption(sweep),
        missing=tuple(f"{job['model']} {job['label']}" for job in sweep["jobs"] if job["job_id"] not in there),
    )


def _rows(jobs: list[Mapping[str, Any]], sweep_folder: Path) -> Iterator[Row]:
    for job in jobs:
        file = job_folder(sweep_folder, job) / "law.json"
        if file.is_file():
            yield Row(job, from_record(read_record(file)))


def _caption(sweep: Mapping[str, Any]) -> str:
    return (
        f"Experiment {sweep['experiment']}, sweep {sweep['sweep_id']}. Exact laws of the implementations, found by "
        "walking every draw of the engine: no sampling, so no intervals. P*: the model given that its text holds no "
        "phrase; Z: the model's probability of such a text; Q: what the strategy draws. TV = ½ Σ |Q − P*|; KL in nats "
        "per text, ∞ where the second law lacks texts of the first; lost: P* of the texts that Q never writes; "
        "violation: Q of the texts that hold a phrase; outside: Q of what the model cannot write whole. −log Z is the "
        "price of the ban that nobody escapes (KL(P*‖model) = −log Z, TV(P*, model) = 1 − Z); excess is what the "
        "strategy adds to it: KL of Q given clean from P*, per kept token. Draws and forward passes per kept token "
        "are ratios of expectations. Residual: mass that was not followed to the end of its text (followed until at "
        f"most {sweep['tolerance']:g} was left, or through {sweep['max_places']} places); TV is within half of it. "
        "≈: with a residual above 1e-6, numbers of the part that was followed; what is lost can then not be said."
    )
