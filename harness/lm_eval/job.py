"""From what lm_eval hands a model (`--model_args`, `--batch_size`, `--device`) to a job of this harness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.planning.plan import Job
from harness.planning.single_job import single_job

FIELDS = {"batch_size": "batch_size", "device": "model.device"}  # lm_eval's name → ours


def job_of(arguments: Mapping[str, Any], given: Mapping[str, Any]) -> Job:
    """The job that `arguments` (settings, as on the harness's command line) and `given` (lm_eval's own) describe.

    Prompts come from lm_eval's tasks. Raise InputError for settings that no job could run with, or for several jobs.
    """
    overrides = [f"{key}={_spelled(value)}" for key, value in {**dict(_own(given)), **arguments}.items()]
    return single_job(overrides)


def _own(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What lm_eval states beside the arguments. `auto` says nothing about batches here, where no row waits for another;
    "cuda:0" is what it says unasked, and stands for whatever device there is.
    """
    for name, ours in FIELDS.items():
        value = given.get(name)
        if value not in (None, "cuda:0") and not str(value).startswith("auto"):
            yield ours, value


def _spelled(value: object) -> str:
    """As on a command line; lm_eval has read numbers, truth values and None."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
