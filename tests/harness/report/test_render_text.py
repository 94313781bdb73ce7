"""table.txt: a hundred columns wide whatever a sweep holds, with what was left out by name."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from harness.report import build_report
from harness.report.build import build_and_show
from harness.report.render_text import NARROWEST, WIDTH
from tests.harness.report.conftest import Folder
from tests.harness.report.test_report import stories


def text_of(sweep_folder: Folder, *jobs: tuple[object, ...]) -> str:
    return (build_report(sweep_folder(*jobs)).parent / "table.txt").read_text(encoding="utf-8")


def test_a_number_stands_above_its_interval(sweep_folder: Folder) -> None:
    lines = text_of(sweep_folder, ("plain", stories(3), {}), ("antislop", stories(0, rewinds=2), {})).splitlines()
    (plain,) = (i for i, line in enumerate(lines) if line.startswith("plain"))
    number = lines[plain].split()[1]
    assert float(number) > 0
    assert lines[plain + 1].split()[0].startswith("[")
    end = lines[plain].index(number) + len(number)
    assert lines[plain + 1][:end].endswith("]")  # right-aligned below it


@pytest.mark.parametrize("name", ["x" * 300, "漢字" * 60, "[red]bold[/red]", "\x1b[31mred", "👩‍🚀" * 40, "a b " * 80])
def test_no_name_is_wider_than_the_terminal_or_acts_on_it(sweep_folder: Folder, name: str) -> None:
    """Guards: markup of a label taken for ours, an escape sent to the terminal, wide characters counted as one."""
    text = text_of(sweep_folder, ("plain", stories(3), {}), ("antislop", stories(0), {"label": name}))
    assert max(map(cell_len, text.splitlines())) <= WIDTH
    assert "\x1b" not in text
    if name.startswith("[red]"):
        assert "[red]bold[/red]" in text


def test_primary_metrics_come_first_and_what_has_no_room_is_named(sweep_folder: Folder) -> None:
    text = text_of(sweep_folder, ("plain", stories(3), {}), ("antislop", stories(0), {}))
    shown, left_out = text.split("Not shown here: ")
    heading = " ".join(shown.split("\n\n")[0].split())
    assert "forwards/kept" in heading
    assert "tok/s ratio" in left_out
    assert "distinct-2" in left_out


@pytest.mark.parametrize("columns", [20, 60, 80, 300])
def test_a_smaller_terminal_gets_fewer_columns_and_no_broken_line(columns: int, sweep_folder: Folder) -> None:
    folder = sweep_folder(("plain", stories(3), {}), ("antislop", stories(0), {}))
    page, text = build_and_show(folder, columns)
    widest = max(map(cell_len, text.splitlines()))
    assert widest <= max(min(columns, WIDTH), NARROWEST)
    whole = (page.parent / "table.txt").read_text(encoding="utf-8")
    assert (text == whole) == (columns >= WIDTH)
    assert "Not shown here: " in text
    for name in ("plain", "antislop"):
        assert any(line.startswith(name) and any(c.isdigit() for c in line) for line in text.splitlines())
