"""The experiment of a sweep in MLflow: found or made, and described."""

from __future__ import annotations

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from harness.listing import LISTS
from harness.tracking.kind import Entry, Kind
from harness.tracking.store import Store
from harness.tracking.views import view_tag

NOTE = "mlflow.note.content"
# What MLflow calls an experiment that is not about a chat; its page shows other menus then.
KIND = {"mlflow.experimentKind": "custom_model_development"}


def experiment_id(store: Store, name: str) -> str:
    """The experiment, made if need be. Its artifacts get an absolute place, or each `cd` would start a new one."""
    location = None if store.artifacts is None else (store.artifacts / name).as_uri()
    found = store.client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    try:
        return str(store.client.create_experiment(name, artifact_location=location))
    except MlflowException:
        # Another sweep of the same name was faster.
        found = store.client.get_experiment_by_name(name)
        if found is None:
            raise
        return str(found.experiment_id)


def describe(client: MlflowClient, experiment: str, sweep: Entry, kind: Kind) -> None:
    """Say what it asks and of which kind it is, and add a view of this sweep's jobs. What is there stays."""
    found = client.get_experiment(experiment)
    view = view_tag(sweep, kind, found.creation_time or 0)
    question = dict(LISTS["experiments"]()).get(found.name)
    told = {**KIND, **({NOTE: question} if question else {}), **(dict([view]) if view else {})}
    for key, value in told.items():
        if key not in found.tags:
            client.set_experiment_tag(experiment, key, value)
