"""Which devices a worker gets: a pure function of its seat, and what a child really has in its environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.config.compose import CONF
from harness.launch.devices import devices_to_share, share

COUNTS = st.integers(1, 16)
OCCUPY = (
    "import os, sys; from harness.launch.devices import occupy; "
    "occupy(int(sys.argv[1]), tuple(sys.argv[2].split(',')));"
    "print(os.environ['CUDA_VISIBLE_DEVICES'], flush=True); sys.stdin.read()"
)


@given(workers=COUNTS, devices=COUNTS)
def test_no_device_is_shared_where_there_are_enough(workers: int, devices: int) -> None:
    names = [f"GPU-{n}" for n in range(devices)]
    given_out = [share(seat, workers, names) for seat in range(workers)]
    assert all(given_out)
    counts = [sum(name in each for each in given_out) for name in names]
    if workers <= devices:
        assert max(counts) == 1
        assert {len(each) for each in given_out} == {devices // workers}
    else:
        assert max(counts) - min(counts) <= 1  # as evenly as can be
        assert {len(each) for each in given_out} == {1}


@given(seat=st.integers(0, 50), workers=COUNTS, devices=COUNTS)
def test_a_seat_beyond_the_workers_starts_again(seat: int, workers: int, devices: int) -> None:
    """Two sweeps on one machine take more seats than either has workers."""
    names = [str(n) for n in range(devices)]
    assert share(seat, workers, names) in [share(n, workers, names) for n in range(devices)]


@pytest.mark.parametrize(
    ("visible", "asked", "found"),
    [
        ("2,5", ["auto", "cuda"], ("2", "5")),
        ("2,5", ["auto", "cuda:1"], ()),
        ("GPU-1a,GPU-2b", ["auto"], ("GPU-1a", "GPU-2b")),
        ("", ["auto"], ()),
    ],
)
def test_what_the_command_sees_is_shared_unless_a_job_names_its_device(
    visible: str, asked: list[str], found: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert devices_to_share(asked) == found


def _seated(workers: int, devices: str) -> tuple[subprocess.Popen[str], str]:
    """A process that took its seat, and the devices it sees; it keeps the seat until its stdin is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", OCCUPY, str(workers), devices],
        cwd=CONF.parent, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    return process, process.stdout.readline().strip()


def test_processes_take_different_devices_and_the_seat_of_a_dead_one_is_free(scratch: Path) -> None:
    first, seen = _seated(2, "4,5,6,7")
    second, beside = _seated(2, "4,5,6,7")
    first.kill()
    first.communicate(timeout=30)
    third, again = _seated(2, "4,5,6,7")
    for process in (second, third):
        process.communicate(timeout=30)
    assert (seen, beside, again) == ("4,5", "6,7", "4,5")
