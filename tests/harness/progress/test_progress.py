"""Progress: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import os
import pty
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console, Group
from rich.text import Text

from harness.planning.plan import Job, Plan
from harness.progress import open_progress
from harness.progress.board import Board
from harness.progress.frame import frame, summary
from harness.progress.lines import Lines
from harness.progress.names import Name
from harness.progress.rhythm import LEAST_SECONDS, MOST_SECONDS, Rhythm
from harness.progress.row import State
from harness.progress.tally import Tally
from harness.progress.window import window
from harness.running.runner import run_job
from harness.scoring.job import score_job
from harness.store.jobfolder import Status
from harness.store.records import Sample, read_samples, write_samples

COST = {"forwards": 14, "fed": 15, "kept": 14, "drawn": 14, "discarded": 0, "refed": 0, "rewinds": {}, "ban_nats": 0.0}


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


@pytest.mark.parametrize(("strategy", "seen"), [("plain", "slop"), ("antislop", "rewinds")])
def test_the_last_live_numbers_are_the_final_scores(strategy: str, seen: str, job: Callable[..., Job]) -> None:
    """Guards: a second definition of slop, and a resumed job whose earlier texts are left out or counted twice."""
    mine = job(f"strategy={strategy}", "repeats=2", "decoding.max_new_tokens=40")
    run_job(mine, Lines(Board(Plan((mine,), {}))))
    samples = read_samples(mine.folder.samples)
    write_samples(mine.folder.samples, samples[:4])
    board = Board(Plan((mine,), {}))
    run_job(mine, Lines(board))
    (row,) = board.rows
    scores = score_job(mine.folder.path)
    assert (row.state, row.done, row.written) == ("done", 10, 6)
    assert row.tally.slop == pytest.approx(scores["slop"]["hits_per_1k_words"]["value"])
    assert row.tally.rewinds == pytest.approx(scores["cost"]["rewinds_per_100_kept"]["value"])
    assert getattr(row.tally, seen) > 0


def test_the_numbers_of_a_job_that_is_begun_again_go_on(job: Callable[..., Job]) -> None:
    """On a cluster that gave its node to somebody else meanwhile: no text counts twice, and waiting is no work."""
    mine = job("strategy=antislop", "repeats=2", "decoding.max_new_tokens=40")
    run_job(mine, Lines(Board(Plan((mine,), {}))))
    samples = read_samples(mine.folder.samples)
    now = [0.0]
    board = Board(Plan((mine,), {}), clock=lambda: now[0])
    (row,) = board.rows
    for texts, began in ((samples[:4], 10.0), (samples[4:], 100.0)):
        write_samples(mine.folder.samples, samples[: samples.index(texts[0])])
        board.start_job(mine, mine.missing())
        assert row.tally.rewinds != pytest.approx(_tally(mine, samples).rewinds)
        now[0] = began
        board.load_job(mine)
        now[0] += len(texts)
        for sample in texts:
            board.add(mine, sample)
        board.end_job(mine, Status("interrupted", None, 0, 10))
    assert (row.written, row.left, row.seconds) == (10, 0, 10.0)
    assert row.tally.rewinds == pytest.approx(_tally(mine, samples).rewinds)


def _tally(job: Job, samples: list[Sample]) -> Tally:
    assert job.phrases
    tally = Tally(job.phrases.entries)
    tally.add(samples)
    return tally


@pytest.mark.parametrize(("width", "height"), [(20, 6), (40, 12), (79, 24), (99, 30), (200, 50)])
def test_hostile_names_stand_as_they_are_and_fit_any_terminal(width: int, height: int, job: Callable[..., Job]) -> None:
    """Guards: rich's markup and escapes in a name, wide characters, a frame that is larger than the terminal."""
    jobs = tuple(job("strategy=plain", f"seed={seed}") for seed in range(40))
    board = Board(Plan(jobs, {}))
    for row in board.rows:
        row.name = Name("[red]x[/red]", "[/] 雪のように白い␛[2J 😀", {"seed": str(row.number)})
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    console.print(Group(*frame(board, width - 1, height)))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    lines = shown.splitlines()
    assert len(lines) < height
    assert all(cell_len(line) < width for line in lines)
    if width >= 79:
        assert "[red]x[/red]" in shown
        assert "[/] 雪" in shown
    assert "0/40 cells"[:width] in shown


@pytest.mark.parametrize("room", [1, 3, 10, 60])
def test_running_rows_are_on_the_screen(room: int) -> None:
    for running in ({0}, {49}, {20, 22}, {0, 49}, set(range(50))):
        states: list[State] = ["writing" if index in running else "waiting" for index in range(50)]
        shown = window(states, room)
        assert shown == sorted(set(shown))
        assert len(shown) <= room
        assert running <= set(shown) or len(running & set(shown)) == room


def test_a_row_that_is_interrupted_moves_nothing(job: Callable[..., Job]) -> None:
    """Guards: a table that is laid out anew at Ctrl-C, and a time left that forgets what was interrupted."""
    board, _ = started_board(job)
    before, left = _texts(frame(board, 79, 24)), board.seconds_left
    board.end_job(board.rows[0].job, Status("interrupted", None, 2, 5))
    after = _texts(frame(board, 79, 24))
    assert before[1] == after[1]
    assert "0:06 left" in before[2]
    assert after[2].endswith("interrupted")
    assert before[3:-1] == after[3:-1]
    assert (left, board.seconds_left) == (pytest.approx(6 + 10), pytest.approx(6 + 10))


def test_a_narrow_terminal_is_told_how_far_and_how_long(job: Callable[..., Job]) -> None:
    """Guards: the time left cut off behind a speed."""
    board, _ = started_board(job)
    whole = "0/2 cells · 2/10 texts · 7 tok/s · 0:04 so far · about 0:16 left"
    assert summary(board, 79).plain == whole
    for width in range(1, len(whole)):
        said = summary(board, width).plain
        assert cell_len(said) <= width
        if width >= 30:
            assert said.startswith("0/2 cells · ")
            assert said.endswith(" · about 0:16 left")


def test_time_in_which_the_process_stood_is_no_pace(job: Callable[..., Job]) -> None:
    board, now = started_board(job)
    before = board.seconds_left
    now[0] += 3600
    board.skip(3600)
    assert board.seconds_left == before
    assert board.now == 4


def started_board(job: Callable[..., Job]) -> tuple[Board, list[float]]:
    """Of two jobs of five texts, the first has written two in four seconds of a clock that stands still."""
    jobs = tuple(job("strategy=plain", f"seed={seed}", "batch_size=1") for seed in (1, 2))
    now = [100.0]
    board = Board(Plan(jobs, {}), clock=lambda: now[0])
    board.start_job(jobs[0], jobs[0].cells)
    board.load_job(jobs[0])
    for cell in jobs[0].cells[:2]:
        now[0] += 2
        board.add(jobs[0], Sample(*cell, "the", " cat", [5] * 14, "eos", [-1.0] * 14, COST, []))
    return board, now


def _texts(lines: list[Text]) -> list[str]:
    return [line.plain for line in lines]


def test_a_garbage_collection_does_not_stop_the_table() -> None:
    """Guards: a frame into which one fell, and after which none was drawn for sixteen seconds."""
    rhythm = Rhythm()
    assert rhythm.rest_after(0.16) <= MOST_SECONDS
    assert [rhythm.rest_after(cost) for cost in (0.004, 0.16, 0.16)] == [LEAST_SECONDS] * 3
    assert Rhythm().rest_after(0.02) == pytest.approx(2.0)


def test_thousands_of_cells_fit_a_small_terminal(job: Callable[..., Job]) -> None:
    one = job("strategy=plain")
    many = tuple(replace(one, settings=replace(one.settings, seed=seed)) for seed in range(2000))
    board = Board(Plan(many, {}))
    board.start_job(many[999], many[999].cells)
    lines = _texts(frame(board, 39, 10))
    assert len(lines) < 10
    assert "loading" in "".join(lines)
    assert "… 1998 more: 1998 waiting" in lines
