"""The report as it opens from disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from experiments.pictures.browser import Picture


def pictures(report: Path) -> Iterator[Picture]:
    yield Picture("report", report.resolve().as_uri(), ("Main table", "slop/1k words"), 900)
