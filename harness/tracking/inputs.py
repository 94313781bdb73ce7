"""What a job has read, prompts and lists: names, digests and the settings that named them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.store.identity import DIGITS
from harness.tracking.content import Input

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


def _entries(sweep: Mapping[str, Any], digest: str) -> int | None:
    found = list_of(sweep, digest)
    return None if found is None else len(found["entries"])


def list_of(sweep: Mapping[str, Any], digest: str) -> Mapping[str, Any] | None:
    """The list of a sweep.json that has this digest, if it is there."""
    lists = (*(sweep.get(key) for key in LISTS), *sweep.get("other_phrases", ()))
    return next((found for found in lists if found and found["digest"] == digest), None)
