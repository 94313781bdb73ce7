"""python -m harness.report SWEEP_FOLDER: rebuild a report from what runs left. Of several, lay them side by side.

Exit codes: 0 built, 2 wrong input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.errors import InputError, one_line
from harness.report import build_report, build_side_by_side
from harness.unread import outlive_readers

WRONG_INPUT = 2
LONGEST_NAME = 200  # of a folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Rebuild the folder's report, or build one of several sweeps, and print where it lies."""
    outlive_readers()
    parser = argparse.ArgumentParser(prog="python -m harness.report", description="Rebuild reports; needs no model.")
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="SWEEP_FOLDER",
        help="reports/<experiment>/<sweep id>; several are laid side by side in one report",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="of several sweeps' report; side_by_side/… beside theirs"
    )
    given = parser.parse_args(arguments)
    try:
        print(_build(given.folders, given.out).resolve())
    except (InputError, OSError, ValueError) as error:
        # A broken file of a run names itself in a ValueError.
        print(f"error: {one_line(error)}", file=sys.stderr)
        return WRONG_INPUT
    return 0


def _build(folders: Sequence[Path], out: Path | None) -> Path:
    if len(folders) > 1:
        return build_side_by_side(folders, out or _beside(folders))
    if out is not None:
        raise InputError("--out", str(out), "a sweep's own report lies beside its sweep.json; --out is for several")
    return build_report(folders[0])


def _beside(folders: Sequence[Path]) -> Path:
    """reports/side_by_side/<both names>: the same sweeps in the same order have the same folder."""
    names = [folder.resolve().name for folder in folders]
    return folders[0].resolve().parent.parent / "side_by_side" / "+".join(names)[:LONGEST_NAME]


if __name__ == "__main__":
    sys.exit(main())
