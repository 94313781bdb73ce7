"""python -m experiments.bench.scale.measured OUT.json ARGUMENTS: one command of the harness, with its phases timed.

`ARGUMENTS` are those of `python -m harness`, or, after the word "score", of `python -m harness.score`. It runs in a
process of its own, so that its memory is its own too.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.bench.scale.clock import Clock
from harness.store.records import write_json

# Function → phase, in the order in which a sweep comes to them. A phase's time is less than that of those within it.
SWEEP = {
    "harness.__main__:compose_sweep": "configurations, planned",
    "harness.planning.plan:make_plan": "planning",
    "harness.__main__:launch_jobs": "configurations, launched by Hydra",
    "harness.running.runner:run_job": "job files",
    "harness.running.runner:load_backend": "loading models",
    "harness.running.runner:sampler_of": "building samplers",
    "sampler.backends.hf:TransformersBackend.extend": "generation, in extend",
    "harness.sweep:write_sweep": "sweep.json",
    "harness.sweep:_score": "scoring",
    "harness.report.findings:read_sweep": "report: reading and measuring",
    "harness.report.findings:numbers": "report: statistics",
    "harness.report.findings:main_table": "report: tables",
    "harness.report.build:render_markdown": "report: tables",
    "harness.report.build:render_latex": "report: tables",
    "harness.report.build:render_csv": "report: tables",
    "harness.report.build:render_displacement": "report: displacement",
    "harness.report.build:draw_figures": "report: figures",
    "harness.report.build:render_html": "report: page",
    "harness.sweep:log_finished": "tracking",
}
ITERATORS = {"sampler.backtrack:BacktrackSampler.as_completed": "generation, outside extend"}
SCORE = {
    "harness.score:read_texts": "reading",
    "harness.score:summarise": "statistics",
    "harness.score:measure": "scorers",
    "harness.paired_texts:measure": "scorers",
    "harness.paired_texts:summarise": "statistics",
    "harness.paired_texts:compare": "comparisons",
}


def main(arguments: Sequence[str]) -> int:
    """Run the command and write {"exit", "phases", "peak_mib"}; returns its exit code."""
    out, command = Path(arguments[0]), list(arguments[1:])
    clock = Clock()
    code = _score(clock, command[1:]) if command[:1] == ["score"] else _sweep(clock, command)
    write_json(out, record(code, clock))
    return code


def record(code: int, clock: Clock) -> Mapping[str, Any]:
    """`peak_mib`: the most memory that the process held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"exit": code, "phases": {name: asdict(phase) for name, phase in clock.closed().items()}, "peak_mib": peak}


def _sweep(clock: Clock, command: Sequence[str]) -> int:
    with clock.phase("imports"):
        from harness.__main__ import main as harness

        for place, name in SWEEP.items():
            clock.watch(place, name)
        for place, name in ITERATORS.items():
            clock.watch_iterator(place, name)
    sys.argv = ["harness", *command]
    return harness()


def _score(clock: Clock, command: Sequence[str]) -> int:
    with clock.phase("imports"):
        from harness.score import main as score

        for place, name in SCORE.items():
            clock.watch(place, name)
        _watch_scorers(clock)
    return score(command)


def _watch_scorers(clock: Clock) -> None:
    from harness.scoring.registry import SCORERS

    for name, function in list(SCORERS.items()):
        SCORERS[name] = clock.timed(function, f"scorer {name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
