"""python -m tests.faults.soak: a sweep of some two thousand texts, killed thirty times and more (make soak).

Writes soak.json, soak.md and memory.png to --out. Exit codes: 0 nothing was lost, 1 something was.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.soak.page import draw_memory, render
from tests.faults.soak.peace import let_run
from tests.faults.soak.torment import torment
from tests.faults.soak.verdict import differences, doubled_runs, written_again
from tests.faults.soak.victim import Size, Victim


def main() -> int:
    """Run both sweeps, compare them, write what was found; returns the exit code."""
    options = _parser().parse_args()
    size = Size(prompts=72, repeats=5, tokens=24)
    with tempfile.TemporaryDirectory() as folder:
        peaceful, tormented = (Victim(Path(folder) / name, Path(folder), size) for name in ("peaceful", "tormented"))
        began = time.monotonic()
        peace = let_run(peaceful, every=0.5)
        print(f"left in peace: {size.texts} texts, {peace.readings[-1].seconds:.0f} s", file=sys.stderr)
        diary = torment(tormented, options.kills, peace.late, random.Random(options.seed))
        found = {
            "texts": size.texts,
            "jobs": len(tormented.jobs()),
            "kills": dict(sorted(diary.kills.items())),
            "starts": diary.starts,
            "torn_lines": diary.torn,
            "leftover_files": diary.leftovers,
            "failed_texts": sum(b'"error": null' not in line for line in diary.seen.values()),
            "differences": list(differences(peaceful, tormented)),
            "written_again": written_again(tormented),
            "doubled_mlflow_runs": doubled_runs(tormented),
            "tracebacks": diary.tracebacks,
            "memory_growth": round(peace.growth, 3),
            "seconds": round(time.monotonic() - began),
            "seed": options.seed,
        }
    options.out.mkdir(parents=True, exist_ok=True)
    readings = [[round(number, 2) for number in reading] for reading in peace.readings]
    (options.out / "soak.json").write_text(json.dumps({**found, "memory": readings}, indent=1) + "\n")
    (options.out / "soak.md").write_text(render(found))
    (options.out / "memory.png").write_bytes(draw_memory(peace))
    print(render(found))
    return (
        1 if any(found[name] for name in ("differences", "written_again", "doubled_mlflow_runs", "tracebacks")) else 0
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--kills", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("reports/soak"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
