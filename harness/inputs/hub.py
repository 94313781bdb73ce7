"""Which commit a hub id stands at. Runs name it, so that a moved branch is another model or another set."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

SECONDS = 10


def commit_of(kind: Literal["model", "dataset"], name: str, revision: str | None) -> str:
    """The commit that `revision` (None: the main branch) names now; with no network, the one in the local cache.

    Raise LookupError when neither knows it.
    """
    from huggingface_hub import HfApi, snapshot_download

    # The client raises a dozen unrelated types for "not there", "not yours" and "no network".
    try:
        return str(HfApi().repo_info(name, repo_type=kind, revision=revision, timeout=SECONDS).sha)
    except Exception as remote:
        try:
            cached = snapshot_download(name, repo_type=kind, revision=revision, local_files_only=True)
        except Exception:
            raise LookupError(f"the hub says: {remote}; and it is not in the local cache") from None
        return Path(cached).name
