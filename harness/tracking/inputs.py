"""Prompts and lists as MLflow's inputs ("Datasets used"): names, digests and the settings that named them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mlflow.entities import Dataset, DatasetInput, InputTag, Run

from harness.identity import DIGITS
from harness.tracking.content import Input, plain

CONTEXT = "mlflow.data.context"
# A list of the configuration → what its run read it for, as MLflow's page says.
LISTS = {"phrases": "phrases", "regexes": "regexes", "heldout": "held-out"}


def inputs_of(sweep: Mapping[str, Any], config: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[Input]:
    """The prompts and the lists of a job, by its config.yaml and what its provenance.json says of them."""
    dataset = config.get("dataset")
    if isinstance(dataset, Mapping) and made.get("prompts"):
        named = next((str(dataset[key]) for key in ("id", "path", "name") if dataset.get(key)), "prompts")
        kind = str(dataset.get("source"))
        name = Path(named).name if kind == "file" else named
        source = {key: value for key, value in dataset.items() if value is not None}
        yield Input(name, str(made["prompts"])[:DIGITS], "prompts", kind, source)
    for key, context in LISTS.items():
        if made.get(key):
            name, digest = str(made[key]["name"]), str(made[key]["digest"])
            yield Input(name, digest[:DIGITS], context, "list", {key: config.get(key)}, _entries(sweep, digest))


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


def _entries(sweep: Mapping[str, Any], digest: str) -> int | None:
    lists = (*(sweep.get(key) for key in LISTS), *sweep.get("other_phrases", ()))
    return next((len(found["entries"]) for found in lists if found and found["digest"] == digest), None)
