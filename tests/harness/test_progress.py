"""Progress: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Callable
from contextlib import suppress

import pytest

from harness.plan import Job, Plan
from harness.progress import open_progress
from harness.runner import run_job


def test_a_terminal_gets_a_table_even_if_it_states_no_width(
    job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In containers terminals are often 0 columns wide; a table that fits would have none."""
    monkeypatch.setenv("COLUMNS", "0")
    monkeypatch.setenv("TERM", "xterm")
    screen, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stderr:
        monkeypatch.setattr(sys, "stderr", stderr)
        _run(job("strategy=plain"))
        shown = _everything(screen)
    os.close(screen)
    assert "1/1 cells · 5/5 texts" in shown
    assert "tok/s" in shown


def test_a_file_gets_plain_lines(job: Callable[..., Job], capsys: pytest.CaptureFixture[str]) -> None:
    _run(job("strategy=plain"))
    said = capsys.readouterr().err
    assert "cell 1/1 tiny plain T=1: 5 to write\n" in said
    assert "5/5 texts" in said
    assert "\r" not in said


def _everything(screen: int) -> str:
    """A terminal hands out what was written in pieces."""
    os.set_blocking(screen, False)
    shown = b""
    with suppress(BlockingIOError):
        while piece := os.read(screen, 4096):
            shown += piece
    return shown.decode()


def _run(job: Job) -> None:
    with open_progress(Plan((job,), {})) as progress:
        run_job(job, progress)
