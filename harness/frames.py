"""Results as pandas tables, for notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.jobfolder import JobFolder, read_json

if TYPE_CHECKING:
    import pandas as pd


class Frames(NamedTuple):
    """`samples`: one row per text, cost unfolded into `cost.*`; `scores`: one row per job × metric.

    Both name their job by `job_id`, and by `model`, `strategy`, `label` and `decoding.*` where a sweep was loaded.
    """

    samples: pd.DataFrame
    scores: pd.DataFrame


def load(folder: str | Path) -> Frames:
    """Read a sweep folder (`reports/<experiment>/<sweep id>`) or one job's (`runs/<experiment>/<job id>`).

    Raise FileNotFoundError when it is neither.
    """
    import pandas as pd

    samples, scores = [], []
    for arm, path in _arms(Path(folder)):
        samples += [{**arm, **row} for row in _sample_rows(path)]
        scores += [{**arm, **row} for row in _score_rows(path)]
    return Frames(pd.DataFrame(samples), pd.DataFrame(scores))


def _arms(folder: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """What names each job, and its folder."""
    if (folder / "samples.jsonl").exists():
        yield {"job_id": folder.resolve().name}, folder
    elif (folder / "sweep.json").exists():
        for job in read_json(folder / "sweep.json")["jobs"]:
            decoding = {f"decoding.{key}": value for key, value in job["decoding"].items()}
            yield {key: job[key] for key in ("job_id", "model", "strategy", "label")} | decoding, folder / job["folder"]
    else:
        raise FileNotFoundError(f"{folder} holds no samples.jsonl and no sweep.json; give a job's or a sweep's folder")


def _sample_rows(folder: Path) -> Iterator[dict[str, Any]]:
    for sample in JobFolder(folder).read_selected():
        row = asdict(sample)
        cost = row.pop("cost")
        yield row | {f"cost.{key}": value for key, value in cost.items()}


def _score_rows(folder: Path) -> Iterator[dict[str, Any]]:
    path = JobFolder(folder).scores
    scores: Mapping[str, Mapping[str, Mapping[str, Any]]] = read_json(path) if path.exists() else {}
    for scorer, metrics in scores.items():
        for metric, score in metrics.items():
            low, high = score["ci"] or (None, None)
            row = {key: value for key, value in score.items() if key != "ci"}
            yield {"scorer": scorer, "metric": metric, **row, "ci_low": low, "ci_high": high}
