"""Results as pandas tables, for notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.inputs.lists import is_text
from harness.store.jobfolder import JobFolder
from harness.store.sweep_file import job_folder, read_sweep_file
from harness.visible import visible

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

    Raise FileNotFoundError when it is neither, InputError or ValueError for files of another version or broken ones.
    """
    import pandas as pd

    samples, scores = [], []
    for arm, path in _arms(Path(folder)):
        samples += [{**arm, **row} for row in _sample_rows(path)]
        scores += [{**arm, **row} for row in _score_rows(path)]
    return Frames(*(pd.DataFrame([_valid(row) for row in rows]) for rows in (samples, scores)))


def _valid(row: dict[str, Any]) -> dict[str, Any]:
    """Half of a surrogate pair, which a model's text may hold and a table's column cannot, is shown instead."""
    return {_whole(key): _whole(value) if isinstance(value, str) else value for key, value in row.items()}


def _whole(text: str) -> str:
    return text if text.isascii() or is_text(text) else visible(text)


def _arms(folder: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """What names each job, and its folder."""
    if (folder / "samples.jsonl").exists():
        yield {"job_id": folder.resolve().name}, folder
    elif (folder / "sweep.json").exists():
        for job in read_sweep_file(folder)["jobs"]:
            decoding = {f"decoding.{key}": value for key, value in job.get("decoding", {}).items()}
            yield (
                {key: job[key] for key in ("job_id", "model", "strategy", "label")} | decoding,
                job_folder(folder, job),
            )
    else:
        raise FileNotFoundError(f"{folder} holds no samples.jsonl and no sweep.json; give a job's or a sweep's folder")


def _sample_rows(folder: Path) -> Iterator[dict[str, Any]]:
    for sample in JobFolder(folder).read_selected():
        row = asdict(sample)
        cost = row.pop("cost")
        yield row | {f"cost.{key}": value for key, value in cost.items()}


def _score_rows(folder: Path) -> Iterator[dict[str, Any]]:
    for scorer, metrics in JobFolder(folder).read_scores().items():
        for metric, score in metrics.items():
            low, high = score.get("ci") or (None, None)
            row = {key: value for key, value in score.items() if key != "ci"}
            yield {"scorer": scorer, "metric": metric, **row, "ci_low": low, "ci_high": high}
