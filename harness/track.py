"""python -m harness.track SWEEP_FOLDER ...: log to MLflow what is missing there, from what runs left. Needs no model.

For sweeps whose tracking server was away, and for those that ran with tracking=none. A second time changes nothing.
Exit codes: 0 all logged, 1 the store could not be reached, 2 wrong input, 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.config.checks import validate_tracking
from harness.config.settings import TrackingSettings
from harness.errors import InputError, one_line
from harness.interruption import FAILED, INTERRUPTED
from harness.store.sweep_file import job_folder, read_sweep_file
from harness.sweep import DONE
from harness.tracking.base import failure
from harness.tracking.folder import as_it_is_now, finished, log_finished, state_of
from harness.tracking.kind import Entry
from harness.typed import build
from harness.unread import outlive_readers
from harness.uri import HIDDEN, without_password

WRONG_INPUT = 2


@dataclass(frozen=True)
class Logged:
    """A sweep to be logged, and where; `uri` None: mlflow.db in the current folder."""

    folder: Path
    sweep: Entry
    uri: str | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Log each folder, and say in a line what its run holds. All folders are read before the first is logged."""
    outlive_readers()
    options = _parser().parse_args(arguments)
    try:
        wanted = [_read(folder, options.uri) for folder in options.folders]
    except (InputError, OSError, ValueError) as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return WRONG_INPUT
    try:
        for one in wanted:
            print(one_line(_log(one)))
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # a tracker is a client, a database and a server: anything may come out of it
        print(f"error: {failure(error)}; nothing is lost, the same command goes on", file=sys.stderr)
        return FAILED
    return DONE


def _read(folder: Path, uri: str | None) -> Logged:
    """Raise InputError for a folder that is no sweep's, whose runs are gone, or an address that cannot be."""
    sweep = read_sweep_file(folder)
    for job in sweep["jobs"]:
        if job["state"] == "done" and not job_folder(folder, job).is_dir():
            raise InputError("SWEEP_FOLDER", str(folder), f"its run folder {job['folder']} is gone; restore it")
    return Logged(folder, as_it_is_now(sweep, folder), _address(sweep, uri))


def _address(sweep: Entry, uri: str | None) -> str | None:
    """The one that was given, else the sweep's own."""
    stored = "sweep.json.settings.tracking"
    own = build(TrackingSettings, sweep.get("settings", {}).get("tracking", {}), stored)
    field, address = ("--uri", uri) if uri else (f"{stored}.uri", own.uri)
    validate_tracking(TrackingSettings("mlflow", address), field)
    if address and HIDDEN in address:
        raise InputError(field, address, "its password is not kept; give the whole address as --uri")
    return address


def _log(one: Logged) -> str:
    from harness.tracking.mlflow_runs import MlflowTracking
    from harness.tracking.store import USER_WAITS, open_store

    tracking = MlflowTracking(open_store(one.uri, Path.cwd(), USER_WAITS), one.sweep["experiment"])
    tracking.find_sweep(one.sweep, one.folder)
    log_finished(tracking, one.sweep, one.folder)
    count, where = len(list(finished(one.sweep, one.folder))), without_password(one.uri or "mlflow.db")
    sweep = f"{one.sweep['experiment']} {one.sweep['sweep_id']}"
    return f"{sweep}: {count} of {len(one.sweep['jobs'])} jobs logged, {state_of(one.sweep)}; {where}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m harness.track", description="Log sweeps to MLflow from their folders; nothing twice."
    )
    parser.add_argument("folders", nargs="+", type=Path, metavar="SWEEP_FOLDER", help="reports/<experiment>/<sweep id>")
    parser.add_argument("--uri", help="the store; default: what the sweep was told, or mlflow.db in this folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
