"""Pictures of the terminal: drawn of a real one, whole, and asking no other host for anything."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from experiments.pictures.terminal import SHOTS, take

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux: apt-get install tmux"),
]
SHOT = {shot.name: shot for shot in SHOTS}


def drawn(name: str, folder: Path, more: str = "") -> str:
    shot = SHOT[name]
    svg = take(replace(shot, command=shot.command + more), folder, folder).read_text(encoding="utf-8")
    addresses = set(re.findall(r"https?://[^\s\"')]+", svg))
    assert addresses <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}, addresses
    assert str(folder) not in svg
    return svg


def words(svg: str) -> str:
    """The text of the picture, read as XML."""
    return " ".join("".join(ElementTree.fromstring(svg).itertext()).replace("\xa0", " ").split())


def test_a_text_that_is_taken_back_is_struck_through(tmp_path: Path) -> None:
    svg = drawn("terminal-watch", tmp_path)
    assert "line-through" in svg
    assert re.search(r"\$ python -m harness.watch .* [2-9] rewinds", words(svg))


def test_the_final_table_is_whole_and_names_no_path(tmp_path: Path) -> None:
    said = words(drawn("terminal-table", tmp_path, " decoding.max_new_tokens=40"))
    for name in ("3/3 cells", "log-prob/token", "plain", "antislop ban=soft", "Brackets: 95 % intervals", "table.md"):
        assert name in said
    assert "report:" not in said
