"""A file of lines that another process writes."""

from __future__ import annotations

import os
from pathlib import Path


class Growing:
    """Hands out each line once it is whole. A file that was replaced is read again from its start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file, self._offset = 0, 0

    def new_lines(self) -> list[bytes]:
        """Since the last call, without their ends; none while there is no file."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            state = os.fstat(file.fileno())
            if state.st_ino != self._file or state.st_size < self._offset:
                self._file, self._offset = state.st_ino, 0
            file.seek(self._offset)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        return data[:whole].split(b"\n")[:-1]
