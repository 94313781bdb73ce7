"""One sweep of the oracle: compute what is missing, write and print the table, tell the tracker."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache

from filelock import FileLock
from tqdm import tqdm

from harness.config.compose import Config
from harness.errors import one_line
from harness.interruptible import interruptible
from harness.interruption import FAILED
from harness.oracle.cells import Cell
from harness.oracle.conditional import Conditional
from harness.oracle.description import write_config, write_provenance, write_sweep
from harness.oracle.fidelity import fidelity
from harness.oracle.plan import LawPlan, make_law_plan
from harness.oracle.record import as_record
from harness.store.jobfolder import Status
from harness.store.records import write_json
from harness.sweep import DONE
from harness.tracking import log_finished, open_tracking
from sampler.law import exact_law

DONE_LAW = Status("done", None, 1, 1)


def conduct_laws(configs: Iterable[Config]) -> int:
    """Compute, report, print, track. Returns the exit code: 0 done, 1 some law failed, 130 interrupted."""
    plan = make_law_plan(configs)
    if plan.settings.dry_run:
        print(plan.describe())
        return DONE
    tracking = open_tracking(plan.settings)

    def work() -> int:
        _compute(plan)
        sweep = write_sweep(plan)
        code = _report(plan)
        log_finished(tracking, sweep, plan.folder)
        return code

    return interruptible(tracking, lambda: write_sweep(plan), plan.folder, work)


def _compute(plan: LawPlan) -> None:
    import torch

    torch.set_num_threads(1)  # rows of a dozen numbers are too small to share
    for cell in plan.cells:
        write_config(cell, plan)
        _settle(cell)
    conditional = cache(Conditional)
    for cell in tqdm(plan.missing(), desc="laws", unit="law", disable=None, leave=False):
        with FileLock(cell.folder.path / ".lock"):
            if not cell.result.is_file():  # another process may have been faster
                _run(cell, conditional(cell.model))


def _settle(cell: Cell) -> None:
    """A kill between a law and its status leaves the law."""
    if cell.result.is_file() and cell.folder.read_status() != DONE_LAW:
        cell.folder.write_status(DONE_LAW)


def _run(cell: Cell, conditional: Conditional) -> None:
    """Compute one law and leave it in the cell's folder. What goes wrong in it is the cell's, not the sweep's."""
    try:
        write_provenance(cell)
        cell.folder.write_status(Status("running", None, 0, 1))
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
        cell.folder.write_status(Status("interrupted", "interrupted; the same command continues here", 0, 1))
        raise
    else:
        cell.folder.write_status(DONE_LAW)


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
