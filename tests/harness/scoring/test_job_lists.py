"""The lists that the jobs of a sweep are scored by."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.scoring.job import remembering


def test_a_sweep_s_list_is_read_and_its_surprises_are_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A thousand jobs would print the same line a thousand times."""
    path = tmp_path / "mine.txt"
    path.write_text("old  dog\n", encoding="utf-8")
    read = remembering()
    assert read.phrases(str(path), "phrases") is read.phrases(str(path), "phrases")
    assert len(caplog.records) == 1


def test_the_next_sweep_reads_a_list_anew(tmp_path: Path) -> None:
    """A list that was mended between two commands of one process must not be the old one."""
    path = tmp_path / "mine.txt"
    path.write_text("old dog\n", encoding="utf-8")
    assert remembering().phrases(str(path), "phrases").entries == ("old dog",)
    path.write_text("new dog\n", encoding="utf-8")
    assert remembering().phrases(str(path), "phrases").entries == ("new dog",)
