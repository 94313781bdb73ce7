"""python -m experiments.bench: measure, and write bench.json, bench.md and the figures."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging

from experiments.bench.comparisons import COMPARISONS
from experiments.bench.figures import figures
from experiments.bench.machine import machine
from experiments.bench.page import as_data, as_markdown
from experiments.bench.result import Result
from experiments.bench.settings import QUICK, Settings, Sizes
from harness.errors import InputError
from harness.store.records import write_atomic, write_json

OUT = Path(__file__).parents[2] / "reports" / "bench"
QUICK_OUT = Path("build/bench")  # what was not measured replaces nothing that was
QUICK_MODELS = ("2m", "15m")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the comparisons that are asked for; 2 for wrong input."""
    options = _parser().parse_args(arguments)
    try:
        settings, names = _settings(options), _names(options.only)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    write(run(settings, names), options.out or (QUICK_OUT if options.quick else OUT))
    return 0


def run(settings: Settings, names: Sequence[str]) -> tuple[list[Result], dict[str, Any]]:
    """The results, and what they were measured on."""
    about: dict[str, Any] = {"machine": machine()}
    began, results = time.perf_counter(), []
    for name in names:
        started = time.perf_counter()
        results.append(COMPARISONS[name](settings))
        print(f"{name}: {time.perf_counter() - started:.0f} s", flush=True)
    about |= {"settings": asdict(settings), "models": models(settings), "seconds": time.perf_counter() - began}
    return results, about


def write(measured: tuple[Sequence[Result], Mapping[str, Any]], out: Path) -> None:
    """bench.json, bench.md and the figures into `out`."""
    results, about = measured
    write_json(out / "bench.json", as_data(results, about))
    write_atomic(out / "bench.md", as_markdown(results, about))
    for name, content in figures(results):
        write_atomic(out / name, content)
    print(out / "bench.md")


def models(settings: Settings) -> dict[str, dict[str, Any]]:
    """What each model is, and what both sides ran on."""
    return {
        subject.label: {
            "parameters": subject.parameters,
            "vocabulary": subject.vocabulary,
            "threads": subject.threads,
            "dtype": str(subject.model.dtype).removeprefix("torch."),
            "device": str(subject.model.device),
            "rewind": subject.backend.caps.why,
        }
        for subject in settings.subjects()
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m experiments.bench", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help=f"some of {', '.join(COMPARISONS)}")
    parser.add_argument("--models", help="labels with commas; default 2m,15m,110m, and 1b where there is a GPU")
    parser.add_argument("--rounds", type=int, help="how often A and B are run in turn; default 3")
    parser.add_argument("--threads", type=int, help="torch's, for both sides; default 1 for 2m and 15m, else all cores")
    parser.add_argument(
        "--out", type=Path, help=f"folder of the results; default reports/bench, with --quick {QUICK_OUT}"
    )
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes, one round: shows that all runs, measures nothing"
    )
    return parser


def _settings(options: argparse.Namespace) -> Settings:
    models = QUICK_MODELS if options.quick else _default_models()
    if options.models is not None:
        models = tuple(label for label in options.models.split(",") if label)
    sizes, rounds = (QUICK, 1) if options.quick else (Sizes(), Settings.rounds)
    settings = Settings(models=models, rounds=rounds, threads=options.threads, sizes=sizes)
    return settings if options.rounds is None else replace(settings, rounds=options.rounds)


def _default_models() -> tuple[str, ...]:
    return (*Settings.models, "1b") if torch.cuda.is_available() else tuple(Settings.models)


def _names(only: Sequence[str] | None) -> list[str]:
    unknown = [name for name in only or () if name not in COMPARISONS]
    if unknown:
        raise InputError("only", " ".join(unknown), f"use some of {', '.join(COMPARISONS)}")
    return [name for name in COMPARISONS if only is None or name in only]


if __name__ == "__main__":
    sys.exit(main())
