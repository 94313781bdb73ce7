"""Names of runs: what sets one apart comes first. MLflow's table shows fifteen characters of it, its plots ten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.tracking.content import plain
from harness.tracking.inputs import list_of

Entry = Mapping[str, Any]
SHOWN_ID = 8  # characters of a sweep's id that people read


def sweep_name(sweep: Entry) -> str:
    return f"sweep {short_id(sweep)}"


def short_id(sweep: Entry) -> str:
    return str(sweep["sweep_id"])[:SHOWN_ID]


def job_name(sweep: Entry, job: Entry) -> str:
    """The arm, its temperature, and whatever else differs from job to job: "soft 0.1 antislop T=0.7 top_p=0.9"."""
    return " ".join([arm_name(job), *_settings(sweep, job)])


def arm_name(job: Entry) -> str:
    """The arm with what was changed in front: "soft 0.1 antislop" for "antislop ban=soft strength=0.1"."""
    changed: Mapping[str, Any] = job.get("options", {})
    if any(isinstance(value, Mapping | list) for value in changed.values()):
        return str(job["label"])
    words = [str(value) if _speaks(value) else f"{key}={plain(value)}" for key, value in changed.items()]
    return " ".join([*words, str(job["strategy"])])


def _speaks(value: Any) -> bool:
    """Whether a value says what it is without its option's name."""
    return isinstance(value, str | float | int) and not isinstance(value, bool)


def _settings(sweep: Entry, job: Entry) -> Iterator[str]:
    decoding = job.get("decoding", {})
    if "temperature" in decoding:
        yield f"T={plain(decoding['temperature'])}"
    for key in decoding:
        if key != "temperature" and _differs(each.get("decoding", {}).get(key) for each in sweep["jobs"]):
            yield f"{key}={plain(decoding[key])}"
    if _differs(each.get("seed") for each in sweep["jobs"]):
        yield f"seed={plain(job.get('seed'))}"
    if _differs(each.get("phrases") for each in sweep["jobs"]):
        yield f"phrases={_list_name(sweep, job.get('phrases'))}"
    if _differs(each["model"] for each in sweep["jobs"]):
        yield str(job["model"])


def _differs(values: Iterable[Any]) -> bool:
    return len(set(map(plain, values))) > 1


def _list_name(sweep: Entry, digest: str | None) -> str:
    if digest is None:
        return "none"
    found = list_of(sweep, digest)
    return digest[:SHOWN_ID] if found is None else str(found["name"])
