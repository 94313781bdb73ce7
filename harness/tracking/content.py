"""What is said of a run besides its files, whatever kind of sweep it belongs to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.store.jobfolder import JobFolder
from harness.visible import visible

# Limits of MLflow's store (mlflow.utils.validation).
LONGEST_PARAM, LONGEST_TAG, LONGEST_DATASET, LONGEST_DIGEST = 6000, 8000, 500, 36
NAME = re.compile(r"\w[\w.\- ]*")

# Where files lie and who is told says nothing about a result.
NOT_PARAMS = frozenset({"runs_dir", "reports_dir", "tracking", "dry_run"})
# MLflow has names of its own for the first two; the others have tags of their own, or are no short text.
NOT_ORIGIN = frozenset({"command", "git", "job_id", "earlier"})


@dataclass(frozen=True)
class Input:
    """What a run has read: prompts or a list, by name and digest; nothing of its content."""

    name: str
    digest: str
    context: str  # what it was read for: "prompts", "phrases"
    kind: str  # where such things come from: "embedded", "file", "hub", "list"
    source: Mapping[str, Any]  # the settings that named it
    entries: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", visible(self.name)[:LONGEST_DATASET] or "unnamed")
        object.__setattr__(self, "digest", self.digest[:LONGEST_DIGEST])


@dataclass(frozen=True)
class Content:
    """Everything that one MLflow run holds besides its files, within the limits of the store."""

    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    inputs: tuple[Input, ...] = ()
    cards: Mapping[str, str] = field(default_factory=dict)  # file name → Markdown

    def __post_init__(self) -> None:
        object.__setattr__(self, "params", _cut(self.params, LONGEST_PARAM))
        object.__setattr__(self, "tags", _cut(self.tags, LONGEST_TAG))


def settings_of(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that have a say in a result."""
    return {key: value for key, value in config.items() if key not in NOT_PARAMS}


def flatten(value: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested settings as "decoding.temperature" → "0.7"; lists and nulls are spelled as in JSON.

    So is a group with a key that is no name to MLflow: a JSON schema's "$ref".
    """
    flat: dict[str, str] = {}
    for key, inner in value.items():
        group = isinstance(inner, Mapping) and all(NAME.fullmatch(str(name)) for name in inner)
        flat |= flatten(inner, f"{prefix}{key}.") if group else {f"{prefix}{key}": plain(inner)}
    return flat


def plain(value: object) -> str:
    """A string as it stands, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def leading(first: Iterable[str], found: Mapping[str, float]) -> dict[str, float]:
    """`found` with these in front: a page of MLflow that chooses for itself starts where the logging started."""
    return {name: found[name] for name in (*(name for name in first if name in found), *found)}


def distinct(values: Iterable[Any]) -> str:
    """Each value once, in the order of its first appearance."""
    return ", ".join(dict.fromkeys(map(plain, values)))


def made_by(command: Iterable[str], git: Mapping[str, Any] | None) -> dict[str, str]:
    """Command and commit, under MLflow's names where it has any."""
    commit = {"mlflow.source.git.commit": git["commit"], "git.dirty": plain(git["dirty"])} if git else {}
    return {"mlflow.source.name": " ".join(command), "mlflow.source.type": "LOCAL", **commit}


def origin(folder: JobFolder, left_out: frozenset[str] = frozenset()) -> dict[str, str]:
    """What made a job: every entry of its provenance.json but those `left_out`; of earlier makers, how many there were.

    The file itself lies among the run's artifacts; tags can be searched for.
    """
    made = folder.read_provenance() or {}
    told = {key: value for key, value in made.items() if key not in NOT_ORIGIN | left_out and value is not None}
    earlier = {"earlier": len(made["earlier"])} if made.get("earlier") else {}
    return {
        **made_by(made.get("command", ()), made.get("git")),
        **flatten({**told, **earlier}, "provenance."),
    }


def _cut(texts: Mapping[str, str], longest: int) -> dict[str, str]:
    """Made valid UTF-8 without control characters, which a database may refuse, and cut where MLflow would refuse."""
    return {key: visible(value)[:longest] for key, value in texts.items()}
