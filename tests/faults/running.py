"""The harness as a child process, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.config.compose import CONF
from tests.signals import hear_ctrl_c

SMALL = ("model=inkling_500k", "model.dtype=float64", "tracking=none", "experiment_name=faults", "batch_size=4")


def start(folder: Path, *arguments: str, limit: Callable[[], None] = lambda: None) -> subprocess.Popen[str]:
    """`limit` is called in the child before it runs."""

    def prepare() -> None:
        hear_ctrl_c()
        limit()

    return subprocess.Popen(
        [sys.executable, "-m", "harness", *arguments], cwd=folder, text=True, preexec_fn=prepare,
        env=os.environ | {"PYTHONPATH": str(CONF.parent)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run(folder: Path, *arguments: str, limit: Callable[[], None] = lambda: None) -> tuple[int, str, str]:
    """Exit code, what it printed, and what it said on stderr."""
    process = start(folder, *arguments, limit=limit)
    printed, said = process.communicate(timeout=300)
    return process.returncode, printed, said


def statuses(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("runs/faults/*/status.json"))]


def samples(folder: Path) -> bytes:
    """Of the only job."""
    (path,) = folder.glob("runs/faults/*/samples.jsonl")
    return path.read_bytes()
