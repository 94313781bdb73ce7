"""What made a run: versions, machine, commit, digests, command line. The settings lie beside it, in config.yaml."""

from __future__ import annotations

import platform
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from harness.inputs.phrases import PhraseList
from harness.inputs.regexes import RegexList
from harness.planning.plan import Job
from harness.planning.readers import open_reader
from harness.planning.strategy_code import code_of
from harness.running.machine import describe_machine, device_name
from harness.running.models import DEFAULT_DTYPE
from harness.store.digests import digest_text
from harness.store.identity import ENGINE
from harness.store.records import SCHEMA
from harness.store.schema import read_record
from harness.uri import without_password
from sampler.backends.base import Caps

PACKAGES = (
    "backtrack-harness",
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "llama-cpp-python",
    "numpy",
    "scipy",
    "regex",
    "jinja2",
    "datasets",
    "hydra-core",
    "omegaconf",
    "mlflow",
)


def provenance(job: Job, caps: Caps) -> dict[str, Any]:
    """Everything needed to make the job's samples again. `earlier` holds what made those already on disk."""
    model = job.settings.model
    template = open_reader(model, job.source).template
    return {
        "schema": SCHEMA,
        "engine": ENGINE,
        "job_id": job.id,
        "command": command_line(),
        "git": git_state(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": package_versions(),
        **describe_machine(model),
        "backend": model.backend,
        "device": device_name(model),
        "dtype": model.dtype or (DEFAULT_DTYPE if model.backend == "transformers" else None),
        "batch_size": job.settings.batch_size,
        "seed": job.settings.seed,
        "model": {
            "label": job.source.label,
            "location": job.source.location,
            "revision": job.source.revision,
            "weights": job.source.weights,
            "tokenizer": job.source.tokenizer,
            "chat_template": template and digest_text(template),
            "parameters": caps.parameters,
            "context": caps.max_len,
            "rewind": caps.why or caps.rewind,
        },
        "strategies": code_of(job.settings.strategy),
        "prompts": job.prompts.digest,
        "phrases": _list(job.phrases),
        "regexes": _list(job.regexes),
        "heldout": _list(job.heldout),
        "earlier": _earlier(job.folder.provenance),
    }


def _list(found: PhraseList | RegexList | None) -> dict[str, str] | None:
    return {"name": found.name, "digest": found.digest} if found else None


def command_line() -> list[str]:
    """As it was typed, but for the password of an address."""
    return ["python", "-m", "harness", *map(without_password, sys.argv[1:])]


def _earlier(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    last = read_record(path)
    return [*last.pop("earlier", ()), last]


@cache
def git_state() -> dict[str, Any] | None:
    """Commit of the harness's own checkout and whether it was changed since; None outside one.

    Installed in an environment that lies in another project's checkout, it is not that project's.
    """
    if _git("ls-files", "--error-unmatch", Path(__file__).name) is None:
        return None
    commit = _git("rev-parse", "HEAD")
    return {"commit": commit, "dirty": bool(_git("status", "--porcelain"))} if commit else None


def _git(*arguments: str) -> str | None:
    here = Path(__file__).parent
    try:
        result = subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.strip()


@cache
def package_versions() -> dict[str, str | None]:
    """Of what decides the numbers; None for what is not installed."""
    return {name: _version(name) for name in PACKAGES}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
