"""The one job that a command line describes, for what brings prompts of its own."""

from __future__ import annotations

from collections.abc import Sequence

from harness.config.compose import Config, compose_jobs, parse_arguments
from harness.errors import InputError
from harness.inputs.phrases import tell_surprises
from harness.inputs.prompts import PromptItem, PromptSet
from harness.planning.plan import Job, Readers, check_strategy, prepare


def single_job(overrides: Sequence[str]) -> Job:
    """Settings as `python -m harness` takes them, checked.

    Raise InputError for settings that no text could be written with, and for several jobs.
    """
    configs = compose_jobs(parse_arguments(list(overrides)))
    if len(configs) > 1:
        raise InputError("command line", " ".join(overrides), f"names {len(configs)} jobs; name one, without commas")
    return job_without_prompts(configs[0])


def job_without_prompts(config: Config) -> Job:
    """The checked job of one configuration; one prompt stands for those to come. Raise InputError."""
    job = prepare(config, Readers(prompts=lambda _: PromptSet((PromptItem("0", "-"),), "")))
    check_strategy(job)
    tell_surprises([job.phrases])
    return job
