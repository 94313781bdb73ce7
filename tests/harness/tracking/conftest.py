"""A finished sweep on disk, and settings that track it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.config.compose import compose_jobs, parse_arguments
from harness.config.reading import from_config
from harness.config.settings import Settings
from harness.store.records import write_json
from harness.tracking import Tracking, log_finished
from harness.tracking.store import open_store
from tests.harness.tracking.server import Server


@dataclass(frozen=True)
class Sweep:
    """Two jobs' folders and the sweep's."""

    folder: Path
    content: dict[str, Any]
    config: dict[str, Any]

    def job_folder(self, job: dict[str, Any]) -> Path:
        return self.folder / job["folder"]

    def log(self, tracking: Tracking) -> None:
        """What the sweep's parent does."""
        tracking.start_sweep(self.content, self.folder)
        log_finished(tracking, self.content, self.folder)

    def write_config(self, index: int, **fields: Any) -> None:
        """The job's config.yaml, with these fields changed."""
        config = {**self.config, **fields}
        self.job_folder(self.content["jobs"][index]).joinpath("config.yaml").write_text(yaml.safe_dump(config))

    def write_scores(self, index: int, hits: float) -> None:
        scores = {
            "slop": {"hits_per_1k_words": {"value": hits, "ci": [hits - 1, hits + 1], "n": 9, "unit": "hits/1k words"}},
            "diversity": {
                "mattr_500": {"value": None, "ci": None, "n": 0, "unit": "types per word", "reason": "short"},
                "mattr_50": {"value": 0.8, "ci": None, "n": 9, "unit": "types per word"},
            },
        }
        write_json(self.job_folder(self.content["jobs"][index]) / "scores.json", scores)


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    config = {
        "model": {"name": "tiny", "path": None},
        "strategy": {"name": "antislop", "ban": "hard"},
        "decoding": {"temperature": 0.7},
        "batch_size": 16,
        "seed": 3,
        "stop": [],
        "runs_dir": "runs",
        "tracking": {"kind": "mlflow", "uri": None},
    }
    jobs = [
        {
            "job_id": f"job{index}",
            "folder": f"../../../runs/x/job{index}",
            "model": "tiny",
            "strategy": strategy,
            "decoding": {"temperature": 0.7},
            "seed": 3,
            "label": f"{strategy} a|b <script>",
            "state": "done",
            "error": None,
        }
        for index, strategy in enumerate(("plain", "antislop"))
    ]
    content = {
        "schema": 1,
        "sweep_id": "s1",
        "experiment": "x_y",
        "jobs": jobs,
        "settings": {key: value for key, value in config.items() if key != "strategy"},
        "git": {"commit": "c0ffee", "dirty": False},
        "command": ["python", "-m", "harness"],
    }
    found = Sweep(tmp_path / "reports/x/s1", content, config)
    write_json(found.folder / "sweep.json", content)
    for name in ("report.html", "table.md", "table.tex", "table.csv", "slop.png", "slop.pdf"):
        (found.folder / name).write_text(f"content of {name}")
    for index, job in enumerate(jobs):
        found.job_folder(job).mkdir(parents=True)
        (found.job_folder(job) / "samples.jsonl").write_text('{"text": "…"}\n' * (index + 1))
        found.write_config(index)
        found.write_scores(index, hits=20.0 * index)
    return found


@pytest.fixture
def settings() -> Callable[..., Settings]:
    """Settings as the command line composes them."""

    def compose(*arguments: str) -> Settings:
        (config,) = compose_jobs(parse_arguments(["experiment_name=x_y", *arguments]))
        return from_config(config)

    return compose


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow makes its tables by years of migrations, which takes seconds: once is enough."""
    folder = tmp_path_factory.mktemp("empty")
    open_store(None, folder)
    return folder / "mlflow.db"


@pytest.fixture
def uri(tmp_path: Path, empty_database: Path) -> str:
    database = tmp_path / "store" / "mlflow.db"
    database.parent.mkdir()
    shutil.copy(empty_database, database)
    return f"sqlite:///{database}"


@pytest.fixture
def server(tmp_path: Path, empty_database: Path) -> Iterator[Server]:
    """Running."""
    server = Server.on(empty_database, tmp_path / "server")
    server.start()
    yield server
    server.kill()
