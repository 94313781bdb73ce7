"""The sweep that is tormented: how it is started, and what of it lies on disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.config.compose import CONF
from tests.faults.spoilt_model import write_spoilt_model
from tests.signals import hear_ctrl_c

Phase = Literal["generation", "scoring and report", "tracking"]
Line = tuple[str, str, int]  # job, prompt, repeat
# glibc's malloc gives back what is freed, so that there is nothing to live on when memory is taken away.
FRUGAL = {"MALLOC_MMAP_THRESHOLD_": "32768", "MALLOC_TRIM_THRESHOLD_": "0", "MALLOC_ARENA_MAX": "1"}


@dataclass(frozen=True)
class Size:
    """Two models (one of which cannot read a word: its rows end in NaN), three strategies, so many texts."""

    prompts: int
    repeats: int
    tokens: int

    @property
    def texts(self) -> int:
        return 2 * 3 * self.prompts * self.repeats


@dataclass(frozen=True)
class Victim:
    """One folder with its runs, reports and database."""

    folder: Path
    models: Path  # beside it: shared, or the jobs would be others
    size: Size
    server: str | None = None  # the address of MLflow; None: a database in the folder

    @property
    def command(self) -> list[str]:
        tracking = ["tracking=server", f"tracking.uri={self.server}"] if self.server else []
        spoilt = self.models / "spoilt"
        if not spoilt.exists():
            write_spoilt_model(spoilt, word=" with")
        return [
            sys.executable, "-m", "harness", "experiment_name=soak", "model=hf",
            f"model.name={CONF.parent / 'harness/data/inkling_500k'},{spoilt}", "model.dtype=float64",
            "strategy=plain,antislop,cars", f"dataset.limit={self.size.prompts}", f"repeats={self.size.repeats}",
            f"decoding.max_new_tokens={self.size.tokens}", "batch_size=32", "fail_on_error=null",
            "scorers=[default,within_prompt]", *tracking,
        ]  # fmt: skip

    def start(self) -> subprocess.Popen[str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = os.environ | FRUGAL | {"PYTHONPATH": str(CONF.parent), "OMP_NUM_THREADS": "1"}
        return subprocess.Popen(
            self.command, cwd=self.folder, env=environment, text=True, preexec_fn=hear_ctrl_c,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def jobs(self) -> list[Path]:
        return sorted(path.parent for path in self.folder.glob("runs/soak/*/config.yaml"))

    def count(self) -> int:
        """Whole lines on disk."""
        return sum(path.read_bytes().count(b"\n") for path in self.folder.glob("runs/soak/*/samples.jsonl"))

    def lines(self) -> Iterator[tuple[Line, bytes]]:
        """Every whole line, twice if it is there twice."""
        for path in self.folder.glob("runs/soak/*/samples.jsonl"):
            for line in path.read_bytes().split(b"\n")[:-1]:
                record = json.loads(line)
                yield (path.parent.name, record["prompt_id"], record["repeat"]), line

    def is_written(self) -> bool:
        """All jobs are done."""
        states = [path for path in self.folder.glob("runs/soak/*/status.json") if '"done"' in path.read_text()]
        return len(states) == 6

    def is_under_way(self, since: float) -> bool:
        """A process that began at `since` (wall clock) is past its imports and its plan."""
        return any(path.stat().st_mtime > since for path in self.folder.glob("reports/soak/*/sweep.json"))

    def phase(self, since: float) -> Phase:
        """In which a process that began at `since` (wall clock) is."""
        if not self.is_written():
            return "generation"
        reports = [path for path in self.folder.glob("reports/soak/*/report.html") if path.stat().st_mtime > since]
        return "tracking" if reports else "scoring and report"

    def report(self) -> Path:
        (found,) = self.folder.glob("reports/soak/*")
        return found
