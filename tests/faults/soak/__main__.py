"""python -m tests.faults.soak: a sweep of some two thousand texts, killed thirty times and more, short of memory and
cut off from MLflow in between (make soak).

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
from typing import Any

from tests.faults.soak.page import draw_memory, render
from tests.faults.soak.peace import Peace, let_run
from tests.faults.soak.torment import Torment
from tests.faults.soak.verdict import differences, differing_runs, written_again
from tests.faults.soak.victim import Size, Victim
from tests.harness.tracking.server import Server

LOSSES = ("differences", "written_again", "differing_mlflow_runs", "tracebacks")


def main() -> int:
    """Run both sweeps, compare them, write what was found; returns the exit code."""
    options = _parser().parse_args()
    size = Size(prompts=72, repeats=5, tokens=24)
    with tempfile.TemporaryDirectory() as folder:
        found, peace = _soak(Path(folder), size, options.faults, options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    readings = [[round(number, 2) for number in reading] for reading in peace.readings]
    (options.out / "soak.json").write_text(json.dumps({**found, "memory": readings}, indent=1) + "\n")
    (options.out / "soak.md").write_text(render(found))
    (options.out / "memory.png").write_bytes(draw_memory(peace))
    print(render(found))
    return int(any(found[name] for name in LOSSES))


def _soak(folder: Path, size: Size, faults: int, seed: int) -> tuple[dict[str, Any], Peace]:
    (folder / "tormented").mkdir()
    server = Server(folder / "tormented")
    peaceful = Victim(folder / "peaceful", folder, size)
    tormented = Victim(folder / "tormented", folder, size, server.address)
    began = time.monotonic()
    peace = let_run(peaceful, every=0.5)
    print(f"left in peace: {size.texts} texts, {peace.readings[-1].seconds:.0f} s", file=sys.stderr)
    try:
        diary = Torment(tormented, server, peace.late, random.Random(seed)).run(faults)
        found = {
            "texts": size.texts,
            "jobs": len(tormented.jobs()),
            "faults": dict(sorted(diary.faults.items())),
            "starts": diary.starts,
            "torn_lines": diary.torn,
            "leftover_files": diary.leftovers,
            "batches_halved": diary.halvings,
            "ends_short_of_memory": dict(sorted(diary.ends.items())),
            "failed_texts": sum(b'"error": null' not in line for line in diary.seen.values()),
            "differences": list(differences(peaceful, tormented)),
            "written_again": written_again(tormented),
            "differing_mlflow_runs": list(differing_runs(peaceful, tormented)),
            "tracebacks": diary.tracebacks,
            "memory_growth": round(peace.growth, 3),
            "seconds": round(time.monotonic() - began),
            "seed": seed,
        }
    finally:
        server.kill()
    return found, peace


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--faults", type=int, default=54, help="three of five are signals")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("reports/soak"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
