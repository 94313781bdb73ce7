"""python -m experiments.capability SWEEP_FOLDER RESULTS.json ...: is the slop gone, and what else is?

Lays lm_eval's results beside a sweep's slop, diversity and cost, a row for each strategy on each model, in the layout
of the Antislop paper's Table 2, as Markdown on the standard output. Exit codes: 0 done, 2 wrong input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.capability.results import read_capability, read_sweep
from experiments.capability.table import render
from harness.errors import InputError

WRONG_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m experiments.capability", description=__doc__)
    parser.add_argument("sweep", type=Path, metavar="SWEEP_FOLDER")
    parser.add_argument("results", type=Path, nargs="+", metavar="RESULTS.json")
    parser.add_argument("--temperature", type=float, help="of the sweep's rows, where it has several")
    given = parser.parse_args(arguments)
    try:
        print(render(read_sweep(given.sweep, given.temperature), read_capability(given.results)), end="")
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
