"""python -m harness.report SWEEP_FOLDER ...: rebuild reports from what runs left. Needs no model.

Exit codes: 0 all rebuilt, 2 wrong input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from harness.errors import InputError, one_line
from harness.report import build_report

WRONG_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Rebuild each folder's report and print where it lies; the first wrong folder ends it."""
    parser = argparse.ArgumentParser(prog="python -m harness.report", description="Rebuild reports; needs no model.")
    parser.add_argument("folders", nargs="+", type=Path, metavar="SWEEP_FOLDER", help="reports/<experiment>/<sweep id>")
    try:
        for folder in parser.parse_args(arguments).folders:
            print(build_report(folder).resolve())
    except (InputError, OSError, ValueError) as error:
        # A broken file of a run names itself in a ValueError.
        print(f"error: {one_line(error)}", file=sys.stderr)
        return WRONG_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
