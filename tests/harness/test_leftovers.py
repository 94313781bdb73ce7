"""What killed writers of a sweep's folders left there goes with the next command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.report.__main__ import main as report
from tests.harness.conftest import Workplace

LEFT = "a1b2c3d4"  # as mkstemp ends a name


def spoil(folder: Path) -> set[Path]:
    """Half a file beside each file."""
    left = {file.with_name(f".{file.name}.{LEFT}") for file in folder.iterdir() if not file.name.startswith(".")}
    for path in left:
        path.write_text("half a fi")
    return left


def test_every_file_of_a_sweep_and_its_jobs(workplace: Workplace, harness: Callable[..., int]) -> None:
    """Guards: a file whose writer does not clean up after its killed forerunner."""
    sweep = ("strategy=plain,antislop", "dataset.limit=2", "experiment_name=left")
    assert harness(*sweep) == 0
    (folder,) = Path("reports/left").iterdir()
    jobs = [path.parent for path in Path("runs/left").glob("*/samples.jsonl")]
    left = set.union(*map(spoil, [folder, *jobs]))
    kinds = {path.suffixes[-2] for path in left}
    assert kinds >= {".json", ".html", ".md", ".csv", ".tex", ".png", ".pdf", ".jsonl", ".yaml"}
    assert harness(*sweep) == 0
    assert [path for path in left if path.exists()] == []


def test_a_report_that_is_built_again(workplace: Workplace, harness: Callable[..., int]) -> None:
    assert harness("strategy=plain", "dataset.limit=1", "experiment_name=left") == 0
    (folder,) = Path("reports/left").iterdir()
    left = spoil(folder) - {folder / f".sweep.json.{LEFT}"}  # which the report does not write
    assert report([str(folder)]) == 0
    assert [path for path in left if path.exists()] == []
