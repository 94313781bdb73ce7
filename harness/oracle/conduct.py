"""One sweep of the oracle: compute what is missing, then write and print the table."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable
from functools import cache
from typing import Any

from tqdm import tqdm

from harness.arm import changed_options
from harness.compose import Config
from harness.errors import one_line
from harness.identity import ENGINE
from harness.jobfolder import Status
from harness.oracle.cells import DOOB, Cell
from harness.oracle.conditional import Conditional
from harness.oracle.fidelity import fidelity
from harness.oracle.plan import LawPlan, make_law_plan
from harness.oracle.record import as_record
from harness.provenance import command_line, git_state
from harness.records import SCHEMA, write_json
from harness.sweep import DONE, FAILED, INTERRUPTED
from sampler.law import exact_law


def conduct_laws(configs: Iterable[Config]) -> int:
    """Compute, report, print. Returns the exit code: 0 done, 1 some law failed, 130 interrupted."""
    plan = make_law_plan(configs)
    if plan.settings.dry_run:
        print(plan.describe())
        return DONE
    write_json(plan.folder / "sweep.json", describe(plan))
    try:
        _compute(plan)
    except KeyboardInterrupt:
        write_json(plan.folder / "sweep.json", describe(plan))
        print("interrupted; the same command continues where it stopped", file=sys.stderr)
        return INTERRUPTED
    write_json(plan.folder / "sweep.json", describe(plan))
    return _report(plan)


def _compute(plan: LawPlan) -> None:
    import torch

    torch.set_num_threads(1)  # rows of a dozen numbers are too small to share
    conditional = cache(Conditional)
    for cell in tqdm(plan.missing(), desc="laws", unit="law", disable=None, leave=False):
        _run(cell, conditional(cell.model))


def _run(cell: Cell, conditional: Conditional) -> None:
    """Compute one law and leave it in the cell's folder. What goes wrong in it is the cell's, not the sweep's."""
    write_json(cell.folder.provenance, _provenance(cell))
    cell.folder.write_status(Status("running", None, 0, 1))
    try:
        law = exact_law(
            cell.model.backend(),
            cell.strategy(conditional),
            max_new_tokens=cell.model.horizon,
            tolerance=cell.oracle.tolerance,
            max_places=cell.oracle.max_places,
            place_of=cell.place_of,
        )
        write_json(cell.result, as_record(fidelity(law, conditional)))
    except Exception as error:
        cell.folder.write_status(Status("failed", f"{type(error).__name__}: {error}", 0, 1))
    except KeyboardInterrupt:
        cell.folder.write_status(Status("interrupted", None, 0, 1))
        raise
    else:
        cell.folder.write_status(Status("done", None, 1, 1))


def _provenance(cell: Cell) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "engine": ENGINE,
        "job_id": cell.id,
        "command": command_line(),
        "git": git_state(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "model": {"name": cell.model.name, **cell.model.meaning()},
        "strategy": {"name": cell.arm.name, **cell.arm.options},
        "tolerance": cell.oracle.tolerance,
        "max_places": cell.oracle.max_places,
    }


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


def _report(plan: LawPlan) -> int:
    """Write the report, print the table, and one line for each law that is missing."""
    failed = plan.missing()
    if len(failed) < len(plan.cells):
        from harness.oracle.report import build_law_report

        table = build_law_report(plan.folder)
        print(table.read_text(encoding="utf-8"))
        print(f"report: {table.resolve()}")
    for cell in failed:
        status = cell.folder.read_status()
        said = f"failed: {cell.model.name} {cell.label} ({cell.id}): {status and status.error}"
        print(one_line(said), file=sys.stderr)
    return FAILED if failed else DONE
