"""python -m experiments.statistics: simulate, write results.json, and print the numbers into docs/STATISTICS.md."""

from __future__ import annotations

import argparse
import json

from experiments.statistics.page import PAGE, RESULTS, filled
from experiments.statistics.set_study import NUMBERS, set_study
from experiments.statistics.studies import fluency_study, gone_study, ratio_study
from experiments.statistics.worlds import WORLDS
from harness.store.records import write_atomic, write_json

SEEDS = 1_000


def simulate(seeds: int = SEEDS) -> dict[str, object]:
    """Every study, each over this many simulated sweeps; a minute or two at 1,000."""
    all_seeds = range(seeds)
    return {
        "seeds": seeds,
        "ratios": {world.name: ratio_study(world, all_seeds) for world in WORLDS},
        "gone": {str(prompts): gone_study(prompts, all_seeds) for prompts in (16, 60)},
        "fluency": {str(prompts): fluency_study(prompts, all_seeds) for prompts in (16, 30, 60, 100)},
        "sets": {number.name: set_study(number, all_seeds) for number in NUMBERS},
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m experiments.statistics", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="simulated sweeps for each study")
    write_json(RESULTS, simulate(parser.parse_args().seeds))
    write_atomic(PAGE, filled(PAGE.read_text(encoding="utf-8"), json.loads(RESULTS.read_text(encoding="utf-8"))))
    print(f"{RESULTS}\n{PAGE}")


if __name__ == "__main__":
    main()
