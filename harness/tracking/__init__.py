"""Where a sweep is logged besides its run folders, which stay the source of truth."""

from __future__ import annotations

from pathlib import Path

from harness.config.settings import Settings
from harness.tracking.base import Guarded, Tracking, Untracked
from harness.tracking.folder import log_finished

__all__ = ["Tracking", "log_finished", "open_tracking"]


def open_tracking(settings: Settings) -> Tracking:
    """The tracker that `tracking=` names. Nothing is imported, created or contacted before its first call."""
    if settings.tracking.kind == "none":
        return Untracked()
    return Guarded(lambda: _open_mlflow(settings))


def _open_mlflow(settings: Settings) -> Tracking:
    from harness.tracking.mlflow_runs import MlflowTracking
    from harness.tracking.store import open_store

    return MlflowTracking(open_store(settings.tracking.uri, Path.cwd()), settings.experiment_name)
