"""python -m experiments.bench.scale: what the harness costs as sweeps and files of texts grow; minutes.

Writes results.json, table.md and jobs.png to reports/bench/scale/. JOBS=10,100 measures smaller sweeps.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from experiments.bench.random_llama import random_llama
from experiments.bench.scale.cases import SCORERS, Measured, generated, scored_texts, tiny_sweep
from experiments.bench.scale.figure import growth
from experiments.bench.scale.page import page
from experiments.bench.subjects import SHAPES
from experiments.bench.vocabulary import made_up_tokenizer
from harness.store.records import write_atomic, write_json

OUT = Path(__file__).parents[3] / "reports" / "bench" / "scale"
JOBS = (10, 100, 1_000)
TEXTS = 10_000


def main() -> None:
    jobs = [int(size) for size in os.environ["JOBS"].split(",")] if "JOBS" in os.environ else JOBS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        untracked = [tiny_sweep(size, folder, ()) for size in jobs]
        tracked = tiny_sweep(jobs[-1], folder, [f"tracking.uri=sqlite:///{folder / 'mlflow.db'}"])
        sweeps = {f"{one.size:,} jobs": one for one in untracked} | {f"{tracked.size:,} jobs, MLflow": tracked}
        scored = {scorer: scored_texts(TEXTS, scorer, folder) for scorer in SCORERS}
        models = {"2M": ["model=inkling_2m"], "15M": ["model=hf", f"model.name={_save_15m(folder / 'llama_15m')}"]}
        shares = {label: generated(model, folder / label) for label, model in models.items()}
    write_json(OUT / "results.json", _record({"sweeps": sweeps, "texts": scored, "generation": shares}))
    write_atomic(OUT / "table.md", page(sweeps, scored, shares))
    write_atomic(OUT / "jobs.png", growth(untracked))
    print((OUT / "table.md").read_text(encoding="utf-8"))


def _save_15m(folder: Path) -> Path:
    random_llama(SHAPES["15m"]).save_pretrained(folder)
    made_up_tokenizer().save_pretrained(folder)
    return folder


def _record(groups: dict[str, dict[str, Measured]]) -> dict[str, object]:
    return {group: {name: one.as_record() for name, one in found.items()} for group, found in groups.items()}


if __name__ == "__main__":
    main()
