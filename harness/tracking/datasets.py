"""What runs have read as MLflow's inputs ("Datasets used")."""

from __future__ import annotations

from collections.abc import Iterable

from mlflow.entities import Dataset, DatasetInput, InputTag, Run

from harness.tracking.content import Input, plain

CONTEXT = "mlflow.data.context"


def missing(run: Run, wanted: Iterable[Input]) -> list[DatasetInput]:
    """Those that the run does not hold yet, as MLflow takes them."""
    held = run.inputs.dataset_inputs if run.inputs is not None else []
    known = {(each.dataset.name, each.dataset.digest) for each in held}
    return [_as_mlflow(one) for one in wanted if (one.name, one.digest) not in known]


def _as_mlflow(one: Input) -> DatasetInput:
    profile = None if one.entries is None else plain({"num_rows": one.entries})
    columns = [{"name": str(one.source.get("column", "entry")), "type": "string", "required": True}]
    schema = plain({"mlflow_colspec": columns})
    dataset = Dataset(one.name, one.digest, one.kind, plain(one.source), schema, profile)
    return DatasetInput(dataset, [InputTag(CONTEXT, one.context)])
