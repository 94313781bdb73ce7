"""Which model a command names as its reference: a choice of the group conf/model, with overrides as in a sweep."""

from __future__ import annotations

from collections.abc import Sequence

from harness.config.compose import compose_jobs, parse_arguments
from harness.config.reading import from_config
from harness.config.settings import ModelSettings
from harness.errors import InputError


def reference_settings(choice: str, overrides: Sequence[str]) -> ModelSettings:
    """Checked settings of `model=CHOICE OVERRIDES`. Raise InputError for an unknown choice or setting."""
    stray = next((override for override in overrides if not override.startswith("model.")), None)
    if stray is not None:
        raise InputError("--reference-set", stray, "must be model.KEY=VALUE, e.g. model.path=FILE.gguf")
    configs = compose_jobs(parse_arguments([f"model={choice}", *overrides]))
    if len(configs) > 1:
        raise InputError("--reference", " ".join([choice, *overrides]), f"names {len(configs)} models; give one")
    return from_config(configs[0]).model
