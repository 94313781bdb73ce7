"""SIGTERM, which a cluster sends before it kills, and files that a crash left half written."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from harness.interruption import Terminated, terminable
from tests.faults.running import SMALL, run, samples, start, statuses

pytestmark = pytest.mark.slow
SWEEP = (*SMALL, "strategy=antislop", "dataset.limit=16", "decoding.max_new_tokens=60")


def test_sigterm_ends_it_like_ctrl_c(tmp_path: Path) -> None:
    cut, whole = tmp_path / "cut", tmp_path / "whole"
    cut.mkdir()
    whole.mkdir()
    process = start(cut, *SWEEP)
    while not list(cut.glob("runs/faults/*/samples.jsonl")) or samples(cut).count(b"\n") < 4:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 143
    assert said.strip().splitlines()[-1] == "terminated; the same command continues where it stopped"
    assert statuses(cut)[0]["state"] == "interrupted"
    assert run(cut, *SWEEP)[0] == run(whole, *SWEEP)[0] == 0
    assert samples(cut) == samples(whole)


def test_a_second_sigterm_does_not_stop_what_the_first_has_begun_to_close() -> None:
    """Slurm sends it to a task and to its step: the job's status would not be written."""
    closed = []

    def close() -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            closed.append(True)

    with pytest.raises(Terminated), terminable():
        close()
    assert closed
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


@pytest.mark.parametrize("name", ["status.json", "scores.json", "sweep.json"])
@pytest.mark.parametrize("content", [b"", b'{"state": "do', b"\x00" * 100, b"[]"])
def test_what_can_be_written_anew_is(tmp_path: Path, name: str, content: bytes) -> None:
    """A power cut may leave a file of zeros where the disk had promised another."""
    small = (*SMALL, "strategy=plain", "dataset.limit=2", "decoding.max_new_tokens=8")
    assert run(tmp_path, *small)[0] == 0
    before = samples(tmp_path)
    (broken,) = tmp_path.glob(f"r*/faults/*/{name}")
    good = broken.read_bytes()
    broken.write_bytes(content)
    code, _, said = run(tmp_path, *small)
    assert code == 0, said
    assert broken.read_bytes() == good
    assert samples(tmp_path) == before


@pytest.mark.parametrize("name", ["timing.json", "provenance.json"])
def test_what_cannot_is_one_line_with_the_way_out(tmp_path: Path, name: str) -> None:
    small = (*SMALL, "strategy=plain", "decoding.max_new_tokens=8")
    assert run(tmp_path, *small, "dataset.limit=2")[0] == 0
    (broken,) = tmp_path.glob(f"runs/faults/*/{name}")
    broken.write_bytes(b'{"half')
    code, _, said = run(tmp_path, *small, "dataset.limit=3")
    assert code in (1, 2)
    assert "Traceback" not in said
    assert name in said.strip().splitlines()[-1]
