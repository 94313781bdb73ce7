"""A disk that is full: one line, a state that resumes, and the bytes of a run that had room."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.running import SMALL, run, samples, statuses

pytestmark = pytest.mark.slow
SWEEP = (*SMALL, "strategy=antislop", "dataset.limit=24", "decoding.max_new_tokens=60")


def no_file_above(size: int) -> None:
    """The kernel then refuses longer files as a full disk does; its signal would end the process."""
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def ends_and_continues(folder: Path, code: int, said: str, peaceful: Path) -> None:
    assert code == 1, said
    last = said.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert "the same command continues" in last
    assert "Traceback" not in said
    assert samples(folder).endswith(b"\n")
    assert run(peaceful, *SWEEP)[0] == 0
    assert statuses(peaceful)[0]["state"] == "done"


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    cut, whole = tmp_path / "cut", tmp_path / "whole"
    cut.mkdir()
    whole.mkdir()
    code, _, said = run(cut, *SWEEP, limit=lambda: no_file_above(20_000))
    ends_and_continues(cut, code, said, whole)
    assert statuses(cut)[0]["state"] == "interrupted"
    assert 0 < samples(cut).count(b"\n") < 24
    assert run(cut, *SWEEP)[0] == 0
    assert samples(cut) == samples(whole)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("machine: no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="machine: mounting needs root")
def test_a_disk_that_is_full(tmp_path: Path, small_disk: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    code, _, said = run(small_disk, *SWEEP)
    ends_and_continues(small_disk, code, said, whole)
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    assert run(small_disk, *SWEEP)[0] == 0
    assert samples(small_disk) == samples(whole)
