"""Opening MLflow: which database, made by whom, where artifacts lie, and what MLflow may say, send and wait for."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock

from harness.uri import without_password

if TYPE_CHECKING:
    from mlflow import MlflowClient

SQLITE = "sqlite:///"
PORTS = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}

RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
TIMEOUT = "MLFLOW_HTTP_REQUEST_TIMEOUT"
# Telemetry is off unless the user's environment says otherwise, and so is a line about a page for every run.
ENVIRONMENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true", RETRIES: "1"}
# Seconds for one answer of a server. MLflow's own patience with one that is away (120 s, seven retries) is a quarter of
# an hour; a sweep asks twice and goes on, and who asks for nothing but the logging waits longer.
SWEEP_WAITS, USER_WAITS = 10, 60


@dataclass(frozen=True)
class Store:
    """A client, and the folder for artifacts; None where the server decides."""

    client: MlflowClient
    artifacts: Path | None


def open_store(uri: str | None, folder: Path, wait: int = SWEEP_WAITS) -> Store:
    """Connect to `uri`, or to mlflow.db in `folder`. A new sqlite database is made here, before any job.

    `wait`: seconds for one answer of a server; the user's environment may say otherwise.
    """
    address = uri or f"{SQLITE}{folder.resolve() / 'mlflow.db'}"
    for name, value in {**ENVIRONMENT, TIMEOUT: str(wait)}.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    _quiet()
    if address.startswith(SQLITE):
        database = Path(address.removeprefix(SQLITE)).resolve()
        return Store(_create_once(database), database.parent / "mlartifacts")
    _reach_database(address, wait)
    return Store(MlflowClient(address), None if address.startswith("http") else folder.resolve() / "mlartifacts")


@contextmanager
def asking_once() -> Iterator[None]:
    """No second try for a request within: of a run that is made twice, MLflow would keep both.

    A slow server does what it was asked also when nobody waits any more.
    """
    before = os.environ[RETRIES]
    os.environ[RETRIES] = "0"
    try:
        yield
    finally:
        os.environ[RETRIES] = before


def _reach_database(address: str, wait: int) -> None:
    """Raise OSError when nobody listens at a database's address: MLflow would try for minutes."""
    parts = urlsplit(address)
    port = PORTS.get(parts.scheme.partition("+")[0])
    if port is None or parts.hostname is None:
        return
    try:
        socket.create_connection((parts.hostname, parts.port or port), wait).close()
    except OSError as error:
        raise OSError(f"{without_password(address)}: {error}") from None


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
