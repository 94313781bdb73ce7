"""Files that once broke a reader, or could have: `<reader>--<what it is>.<suffix>`. Each is an error of one line.

Long nestings are spelled out; none is larger than 100 kB.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.hostile.loaders import LOADERS, NAMES, read

CORPUS = Path(__file__).resolve().parent / "corpus"
GOLDEN = Path(__file__).resolve().parents[1] / "schema" / "version_1" / "runs" / "golden"
FILES = sorted(CORPUS.iterdir())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_that_broke_a_reader_is_one_line(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loader = file.name.partition("--")[0]
    shutil.copytree(next(GOLDEN.glob("*/reference.json")).parent, tmp_path / "job")
    path = tmp_path / "job" / NAMES.get(loader, file.name)
    shutil.copy(file, path)
    before = sorted(tmp_path.rglob("*"))
    assert read(loader, path), "it is taken"
    assert sorted(tmp_path.rglob("*")) == before


def test_every_file_names_a_reader() -> None:
    assert {file.name.partition("--")[0] for file in FILES} <= set(LOADERS)
