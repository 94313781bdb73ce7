"""Every cell of an oracle's sweep, found and checked before the first law is computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.config.compose import Config
from harness.config.reading import from_config
from harness.config.settings import DecodingSettings, Settings
from harness.errors import InputError
from harness.oracle.cells import Cell, arm_of
from harness.oracle.conditional import Conditional
from harness.oracle.tiny import load
from harness.store.identity import sweep_id

# The others of a configuration have no say here.
CONFIG = ("experiment_name", "task", "runs_dir", "reports_dir", "tracking")


@dataclass(frozen=True)
class LawPlan:
    """The cells of one command, without doubles, in the order of models and arms."""

    settings: Settings
    cells: tuple[Cell, ...]

    @property
    def id(self) -> str:
        return sweep_id(cell.id for cell in self.cells)

    @property
    def folder(self) -> Path:
        return Path(self.settings.reports_dir) / self.settings.experiment_name / self.id

    def missing(self) -> list[Cell]:
        return [cell for cell in self.cells if not cell.result.is_file()]

    def config_of(self, cell: Cell) -> dict[str, Any]:
        """The settings that have a say in the cell's law or where it goes, resolved; they give the same law again."""
        whole = self.settings.as_config()
        oracle = {**asdict(cell.oracle), "arms": [cell.resolved_arm]}
        return {**{name: whole[name] for name in CONFIG}, "oracle": oracle}

    def describe(self) -> str:
        """One line a cell, then the sum: what `dry_run` prints."""
        lines = [
            f"{cell.id}  {cell.model.name}  {cell.label}  {'there' if cell.result.is_file() else 'to compute'}"
            for cell in self.cells
        ]
        total = f"sweep {self.id}: {len(self.cells)} laws, {len(self.missing())} to compute; report in {self.folder}"
        return "\n".join([*lines, total])


def make_law_plan(configs: Iterable[Config]) -> LawPlan:
    """Raise InputError for the first thing that could not be computed; nothing is written."""
    settings = [from_config(config) for config in configs]
    for name in ("task", "experiment_name", "runs_dir", "reports_dir", "tracking", "dry_run"):
        if len({getattr(each, name) for each in settings}) > 1:
            raise InputError(name, "several", "must be one for the whole sweep; run two commands")
    cells = {cell.id: cell for each in settings for cell in _cells(each)}
    return LawPlan(settings[0], tuple(cells.values()))


def _cells(settings: Settings) -> Iterable[Cell]:
    _refuse_decoding(settings)
    assert settings.oracle is not None, "validated with the task"
    model = load(settings.oracle.model)
    if Conditional(model).z == 0:
        raise InputError("oracle.model", settings.oracle.model, "holds a phrase in every text; nothing is left to draw")
    experiment = Path(settings.runs_dir) / settings.experiment_name
    for group in settings.oracle.arms:
        cell = Cell(model, arm_of(group), settings.oracle, experiment)
        cell.check()
        yield cell


def _refuse_decoding(settings: Settings) -> None:
    """What would change the law, and has no say here, is refused rather than ignored."""
    plain = asdict(DecodingSettings(max_new_tokens=settings.decoding.max_new_tokens))
    for name, value in asdict(settings.decoding).items():
        if value != plain[name]:
            raise InputError(f"decoding.{name}", value, "the oracle takes a model's table as it is; leave it out")
    if settings.stop:
        raise InputError("stop", list(settings.stop), "the oracle's texts end by themselves; leave it out")
