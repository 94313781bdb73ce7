"""python -m experiments.pictures [--into docs/img] [OVERRIDE ...]: run a small sweep, and take pictures of its pages.

A real sweep of the embedded model, logged to a real `mlflow server` on this machine, looked at in Chromium. What is
given as OVERRIDE goes to the sweep. Needs chromium and the extra `dev`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.pictures import mlflow_pages, report_page
from experiments.pictures.browser import Picture, browser_page, take
from experiments.pictures.server import mlflow_server

ROOT = Path(__file__).resolve().parents[2]
EXPERIMENT = "antislop_sweep"
SWEEP = (f"+experiment={EXPERIMENT}", "model=inkling_500k", "dataset.limit=24", "tracking=server")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    options.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, _ in look(Path(folder), options.into, options.overrides):
            print(options.into / f"{name}.png")
    return 0


def look(folder: Path, into: Path, overrides: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Sweep in `folder`, then take one picture after the other: its name, and what its page said.

    Raise CalledProcessError when the sweep failed, AssertionError when a page does not show what it should.
    """
    with mlflow_server(folder) as address, browser_page() as page:
        report = _sweep(folder, address, overrides)
        for picture in _pictures(address, report):
            yield picture.name, take(picture, page, into)


def _sweep(folder: Path, address: str, overrides: Sequence[str]) -> Path:
    """Run it as its own process, from the folder. Returns the report's file."""
    environment = os.environ | {"MLFLOW_TRACKING_URI": address, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "harness", *SWEEP, *overrides]
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    (report,) = folder.glob("reports/*/*/report.html")
    return report


def _pictures(address: str, report: Path) -> Iterator[Picture]:
    yield from mlflow_pages.pictures(address, EXPERIMENT)
    yield from report_page.pictures(report)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m experiments.pictures", description=__doc__.partition("\n")[0])
    parser.add_argument("--into", type=Path, default=ROOT / "docs/img", help="folder of the pictures")
    parser.add_argument("overrides", nargs="*", metavar="OVERRIDE", help="for the sweep, e.g. dataset.limit=4")
    return parser


if __name__ == "__main__":
    sys.exit(main())
