"""The lists that the jobs of a sweep are scored by."""

from __future__ import annotations

from pathlib import Path

from harness.scoring.job import remembering


def test_a_sweep_s_list_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("old dog\n", encoding="utf-8")
    read = remembering()
    assert read.phrases(str(path), "phrases") is read.phrases(str(path), "phrases")


def test_the_next_sweep_reads_a_list_anew(tmp_path: Path) -> None:
    """A list that was mended between two commands of one process must not be the old one."""
    path = tmp_path / "mine.txt"
    path.write_text("old dog\n", encoding="utf-8")
    assert remembering().phrases(str(path), "phrases").entries == ("old dog",)
    path.write_text("new dog\n", encoding="utf-8")
    assert remembering().phrases(str(path), "phrases").entries == ("new dog",)
