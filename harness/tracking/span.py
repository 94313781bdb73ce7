"""When a job wrote what it holds: MLflow would show how long its logging took."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.store.jobfolder import JobFolder
from harness.store.sweep_file import job_folder
from harness.store.timing import read_timing


def span(folder: JobFolder, result: str) -> tuple[int, int]:
    """Begin and end of a job's run in milliseconds, by the clock of its files.

    A job's texts may be written in several goes; the span is as long as these together.
    """
    if folder.timing.is_file():
        end = written(folder.timing)
        return end - round(1000 * sum(segment.seconds for segment in read_timing(folder.timing))), end
    end = written(folder.path / result)
    begun = folder.provenance
    return min(written(begun), end) if begun.is_file() else end, end


def begin(sweep: Mapping[str, Any], sweep_folder: Path, result: str) -> int:
    """When the first of a sweep's jobs began; now, where none is done."""
    folders = [job_folder(sweep_folder, job) for job in sweep["jobs"]]
    done = [span(JobFolder(folder), result)[0] for folder in folders if (folder / result).is_file()]
    return min(done, default=int(time.time() * 1000))


def written(file: Path) -> int:
    return file.stat().st_mtime_ns // 10**6
