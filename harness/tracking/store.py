"""Opening MLflow: which database, made by whom, where artifacts lie, and what MLflow may say and send."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

if TYPE_CHECKING:
    from mlflow import MlflowClient

SQLITE = "sqlite:///"

# Telemetry is off unless the user's environment says otherwise. MLflow's own patience with a server that is away
# (seven retries, minutes) would hold up the report.
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


@dataclass(frozen=True)
class Store:
    """A client, and the folder for artifacts; None where the server decides."""

    client: MlflowClient
    artifacts: Path | None


def open_store(uri: str | None, folder: Path) -> Store:
    """Connect to `uri`, or to mlflow.db in `folder`. A new sqlite database is made here, before any job."""
    address = uri or f"{SQLITE}{folder.resolve() / 'mlflow.db'}"
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    _quiet()
    if address.startswith(SQLITE):
        database = Path(address.removeprefix(SQLITE)).resolve()
        return Store(_create_once(database), database.parent / "mlartifacts")
    return Store(MlflowClient(address), None if address.startswith("http") else folder.resolve() / "mlartifacts")


def _create_once(database: Path) -> MlflowClient:
    """Two processes that make the tables at once corrupt them ("duplicate column name"), so one does."""
    from mlflow import MlflowClient

    database.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{database}.lock"):
        client = MlflowClient(f"{SQLITE}{database}")
        client.search_experiments(max_results=1)
    return client


def _quiet() -> None:
    """Migrations of a new database are no news to a user."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
