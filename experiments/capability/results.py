"""What is known of each arm: lm_eval's results, and a sweep's slop, diversity and cost."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from harness.config.settings import StrategySettings
from harness.errors import InputError
from harness.planning.arm import changed_options


class Arm(NamedTuple):
    """A strategy on a model, as both sides name it."""

    model: str
    strategy: str
    options: str  # those that differ from their defaults, as JSON

    @property
    def label(self) -> str:
        options: Mapping[str, Any] = json.loads(self.options)
        return " ".join([self.strategy, *(f"{name}={value}" for name, value in options.items())])


@dataclass(frozen=True)
class Value:
    """A number with what is known of its precision."""

    value: float
    stderr: float | None = None


Scores = dict[Arm, dict[str, Value]]  # by "task metric"


def read_capability(files: Iterable[Path]) -> Scores:
    """The results files of `python -m harness.lm_eval run --output_path`. Raise InputError for others."""
    scores: Scores = {}
    for file in files:
        found = _read(file)
        told = found.get("config", {}).get("backtrack")
        if told is None:
            raise InputError("results", str(file), "was not written with --model backtrack; evaluate with that")
        scores.setdefault(_arm(told), {}).update(_values(found["results"]))
    return scores


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise InputError("results", str(file), f"cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise InputError("results", str(file), "is no results file of lm_eval")
    return found


def _arm(told: Mapping[str, Any]) -> Arm:
    settings = {key: value for key, value in told["settings"]["strategy"].items() if key != "name"}
    strategy = StrategySettings(told["settings"]["strategy"]["name"], settings)
    return Arm(told["model"], strategy.name, _spelled(changed_options(strategy)))


def _values(results: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Value]]:
    """lm_eval names a number "exact_match,strict-match" and its standard error "exact_match_stderr,strict-match"."""
    for task, numbers in results.items():
        for name, value in numbers.items():
            metric, comma, filtered = name.partition(",")
            if not comma or metric.endswith("_stderr") or not isinstance(value, int | float):
                continue
            stderr = numbers.get(f"{metric}_stderr,{filtered}")
            shown = f"{task} {metric}" if filtered == "none" else f"{task} {metric} ({filtered})"
            yield shown, Value(float(value), float(stderr) if isinstance(stderr, int | float) else None)


def read_sweep(folder: Path, temperature: float | None = None) -> dict[Arm, dict[str, Mapping[str, str]]]:
    """Rows of a report's table.csv, at one temperature, by arm and metric.

    Raise InputError where there is no table, or an arm stands in it several times.
    """
    table = folder / "table.csv"
    if not table.is_file():
        raise InputError("sweep folder", str(folder), "has no table.csv; name a reports/<experiment>/<sweep id>")
    arms: dict[Arm, dict[str, Mapping[str, str]]] = {}
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if temperature is not None and json.loads(row["decoding"])["temperature"] != temperature:
                continue
            arm = Arm(row["model"], row["strategy"], _spelled(json.loads(row["options"])))
            metrics = arms.setdefault(arm, {})
            if row["metric"] in metrics:
                raise InputError("sweep folder", str(folder), f"has {arm.label} several times; choose a --temperature")
            metrics[row["metric"]] = row
    return arms


def _spelled(options: Mapping[str, Any]) -> str:
    return json.dumps(options, sort_keys=True, ensure_ascii=False)
