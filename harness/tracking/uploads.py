"""Files that lie with a run: uploaded when they changed, and never twice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from mlflow import MlflowClient
from mlflow.entities import Run

from harness.store.digests import digest_file, digest_text
from harness.store.identity import DIGITS
from harness.tracking.content import plain

UPLOADED = "sha256"  # a tag: file → the first digits of its digest


def upload(
    client: MlflowClient, run: Run, folder: Path, files: Sequence[Path], texts: Mapping[str, str]
) -> dict[str, str]:
    """Upload what changed since the last time. Returns a tag with the digests, to be set when all lie there.

    `files` lie in `folder`; `texts`: name → content.
    """
    known = _uploaded(run)
    digests = {name: digest_text(text)[:DIGITS] for name, text in texts.items()}
    for file in files:
        name = file.relative_to(folder).as_posix()
        digests[name] = digest_file(file)[:DIGITS]
        if known.get(name) != digests[name]:
            place = PurePosixPath(name).parent
            client.log_artifact(run.info.run_id, str(file), None if place == PurePosixPath() else str(place))
    for name, text in texts.items():
        if known.get(name) != digests[name]:
            client.log_text(run.info.run_id, text, name)
    return {UPLOADED: plain(digests)}


def _uploaded(run: Run) -> Mapping[str, Any]:
    """What the run's tag says; nothing where it cannot be read: then all is uploaded once more."""
    try:
        found = json.loads(run.data.tags.get(UPLOADED, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
