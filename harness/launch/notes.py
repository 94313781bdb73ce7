"""What workers say, on its way to the command that launched them.

Each process has files of its own in a folder that all machines share. What it printed itself would tear the table that
its parent draws on the same terminal, or lie on another machine in a log that nobody reads.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.growing import Growing
from harness.visible import visible

if TYPE_CHECKING:
    from harness.planning.plan import Job
    from harness.progress import Progress

NOTES, PRINTED = ".notes", ".printed"
STDOUT, STDERR = 1, 2


@contextmanager
def gathered_in(sweep: Path) -> Iterator[Path]:
    """A folder for the notes, within that of the sweep."""
    folder = Path(tempfile.mkdtemp(prefix=".notes-", dir=sweep)).absolute()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_note(folder: Path, job: Job, what: str) -> None:
    """Append it to this process's notes."""
    line = json.dumps([job.id, what]) + "\n"
    with suppress(OSError), _mine(folder, NOTES).open("a", encoding="utf-8") as file:  # it fails no job
        file.write(line)


def leave_terminal(folder: Path) -> None:
    """From now on whatever this process prints goes there instead, where it has its parent's terminal."""
    for stream in (STDOUT, STDERR):
        if os.isatty(stream):
            file = os.open(_mine(folder, PRINTED), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(file, stream)
            os.close(file)


def _mine(folder: Path, kind: str) -> Path:
    return folder / f"{socket.gethostname()}-{os.getpid()}{kind}"


class Gathering:
    """Tells `progress` what arrives in the folder."""

    def __init__(self, folder: Path, jobs: Iterable[Job], progress: Progress) -> None:
        self._folder, self._progress = folder, progress
        self._jobs: Mapping[str, Job] = {job.id: job for job in jobs}
        self._files: dict[Path, Growing] = {}

    def look(self) -> None:
        """Tell what was not there before."""
        for path in sorted(self._folder.iterdir()):
            for line in self._files.setdefault(path, Growing(path)).new_lines():
                self._tell(path.suffix, line.decode("utf-8", "replace"))

    def _tell(self, kind: str, line: str) -> None:
        if kind == NOTES:
            job_id, what = json.loads(line)
            self._progress.note(self._jobs[job_id], what)
        else:
            print(visible(line.rstrip()), file=sys.stderr, flush=True)
