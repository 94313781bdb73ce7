"""What is written about laws besides their numbers: sweep.json, and config.yaml and provenance.json of each cell."""

from __future__ import annotations

import os
import platform
from typing import Any

import yaml

from harness.oracle.cells import DOOB, Cell
from harness.oracle.plan import LawPlan
from harness.planning.arm import changed_options
from harness.planning.strategy_code import code_of
from harness.running.provenance import command_line, git_state, package_versions
from harness.store.identity import ENGINE
from harness.store.records import SCHEMA, remove_leftovers, write_atomic, write_json
from harness.sweep import shared


def write_sweep(plan: LawPlan) -> dict[str, Any]:
    """Write `sweep.json` with the cells' states as they are on disk now; returns its content."""
    sweep = describe(plan)
    remove_leftovers([plan.folder / "sweep.json"])
    write_json(plan.folder / "sweep.json", sweep)
    return sweep


def describe(plan: LawPlan) -> dict[str, Any]:
    """The content of `sweep.json`."""
    return {
        "schema": SCHEMA,
        "task": "law",
        "sweep_id": plan.id,
        "experiment": plan.settings.experiment_name,
        "tolerance": plan.cells[0].oracle.tolerance,
        "max_places": plan.cells[0].oracle.max_places,
        "jobs": [_describe_cell(cell, plan) for cell in plan.cells],
        "settings": shared([plan.config_of(cell) for cell in plan.cells]),
        "git": git_state(),
        "command": command_line(),
    }


def _describe_cell(cell: Cell, plan: LawPlan) -> dict[str, Any]:
    status = cell.folder.read_status()
    return {
        "job_id": cell.id,
        "folder": os.path.relpath(cell.folder.path, plan.folder),
        "model": cell.model.name,
        "probes": cell.model.probes,
        "strategy": cell.arm.name,
        "options": {} if cell.arm.name == DOOB else changed_options(cell.arm),
        "label": cell.label,
        "state": status.state if status else "waiting",
        "error": status.error if status else None,
    }


def write_config(cell: Cell, plan: LawPlan) -> None:
    """Write the cell's settings; a file that says the same already is left alone."""
    settings = yaml.safe_dump(plan.config_of(cell), sort_keys=False, allow_unicode=True)
    file = cell.folder.config
    if not file.is_file() or file.read_text(encoding="utf-8") != settings:
        write_atomic(file, settings)


def write_provenance(cell: Cell) -> None:
    """Write what makes the law; the model by its whole table."""
    record = {
        "schema": SCHEMA,
        "engine": ENGINE,
        "job_id": cell.id,
        "command": command_line(),
        "git": git_state(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": package_versions(),
        "model": {"name": cell.model.name, **cell.model.meaning()},
        "strategy": {"name": cell.arm.name, **cell.arm.options},
        "strategies": {} if cell.arm.name == DOOB else code_of(cell.arm),
        "tolerance": cell.oracle.tolerance,
        "max_places": cell.oracle.max_places,
    }
    write_json(cell.folder.provenance, record)
