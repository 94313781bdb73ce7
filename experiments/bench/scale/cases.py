"""What is measured: sweeps of ever more tiny jobs, texts to be scored, and where generation spends its time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from experiments.bench.scale.clock import Phase
from experiments.bench.scale.texts import write_texts

# Two prompts and eight tokens: next to nothing but what a job costs by itself. Half of the jobs are Plain.
TINY = ("model=inkling_500k", "strategy=plain,antislop", "dataset.limit=2", "decoding.max_new_tokens=8")
LISTS = ("--phrases", "inkling_banned", "--heldout", "inkling_heldout", "--regexes", "contrast")
SCORERS = ("default", "slop_score", "human_words", "diversity_more")
WORDS = 300
GENERATION = ("generation, in extend", "generation, outside extend")
REPORT = "report: "
# What a process costs once, however many jobs it has.
ONCE = ("imports", "loading models")


@dataclass(frozen=True)
class Measured:
    """One command: its phases, the most memory it held, and over how many jobs or texts they go."""

    size: int
    phases: Mapping[str, Phase]
    peak_mib: float

    def cpu(self, names: Iterable[str]) -> float:
        """Processor seconds of these phases."""
        return sum(self.phases[name].cpu for name in names if name in self.phases)

    def wall(self, names: Iterable[str]) -> float:
        """Seconds of these phases."""
        return sum(self.phases[name].wall for name in names if name in self.phases)

    @property
    def overhead(self) -> tuple[str, ...]:
        """The phases that are neither generation nor paid once."""
        return tuple(name for name in self.phases if name not in (*GENERATION, *ONCE))

    @property
    def report(self) -> tuple[str, ...]:
        """The phases that build the report."""
        return tuple(name for name in self.phases if name.startswith(REPORT))

    def as_record(self) -> dict[str, Any]:
        return asdict(self)


def tiny_sweep(jobs: int, folder: Path, tracking: Sequence[str]) -> Measured:
    """A new sweep of this many jobs (an even number), tracked as `tracking` says."""
    name = f"tiny_{jobs}_{'tracked' if tracking else 'untracked'}"
    places = (f"runs_dir={folder / name / 'runs'}", f"reports_dir={folder / name / 'reports'}")
    seeds = f"seed=range({jobs // 2})"
    return measure(jobs, [*TINY, seeds, *places, "experiment_name=tiny", *(tracking or ["tracking=none"])], folder)


def scored_texts(texts: int, scorer: str, folder: Path) -> Measured:
    """`python -m harness.score` on this many texts with one group of scorers."""
    path = folder / f"texts_{texts}.jsonl"
    if not path.exists():
        write_texts(path, texts, WORDS)
    return measure(texts, ["score", "--texts", str(path), *LISTS, "--scorers", scorer], folder)


def generated(model: Sequence[str], folder: Path) -> Measured:
    """Plain and AntiSlop on one model, 32 prompts of 120 tokens: how much of the time the model has."""
    places = (f"runs_dir={folder / 'runs'}", f"reports_dir={folder / 'reports'}", "tracking=none")
    command = [*model, "strategy=plain,antislop", "dataset.limit=32", "decoding.max_new_tokens=120"]
    return measure(2, [*command, *places, "experiment_name=generated"], folder)


def measure(size: int, command: Sequence[str], folder: Path) -> Measured:
    """Run it in a process of its own. Raise CalledProcessError, with what it said, when it fails."""
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / "measured.json"
    subprocess.run(
        [sys.executable, "-m", "experiments.bench.scale.measured", str(out), *command],
        check=True,
        capture_output=True,
        text=True,
    )
    record = json.loads(out.read_bytes())
    phases = {name: Phase(**phase) for name, phase in record["phases"].items()}
    return Measured(size, phases, record["peak_mib"])
