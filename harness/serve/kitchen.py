"""From a command line to a loaded model with its settings."""

from __future__ import annotations

from collections.abc import Sequence

from harness.planning.readers import open_reader
from harness.planning.single_job import single_job
from harness.running.models import load_backend
from harness.serve.order import Kitchen


def open_kitchen(overrides: Sequence[str]) -> Kitchen:
    """Check the settings, then load the model. Raise InputError for settings that no text could be written with."""
    job = single_job(overrides)
    return Kitchen(job, open_reader(job.settings.model, job.source), load_backend(job.settings.model, job.source))
