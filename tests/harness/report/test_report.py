"""The report as files: whole, repeatable, built without a model, and refusing what is no sweep."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.config.compose import CONF
from harness.report import build_report
from harness.report.__main__ import main
from harness.report.definitions import definitions
from harness.report.findings import read_findings
from tests.harness.report.conftest import Folder, stories, text_sample

FIGURES = ("slop_against_cost", "slop_against_diversity", "top_phrases", "rewind_depth", "dearest_reasons")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def run_module(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(CONF.parent)} | environment
    return subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True, check=True)


def test_every_file_of_the_contract_is_there(sweep_folder: Folder) -> None:
    folder = sweep_folder(("plain", stories(3), {}), ("antislop", stories(0, rewinds=2), {}))
    assert build_report(folder) == folder / "report.html"
    figures = {f"{name}.{kind}" for name in FIGURES for kind in ("png", "pdf")}
    tables = {"table.md", "table.txt", "table.tex", "table.csv", "displacement.csv", "waste.csv"}
    assert set(contents(folder)) == {"sweep.json", "report.html", *tables, *figures}


def test_same_folders_same_bytes_in_another_process(sweep_folder: Folder) -> None:
    """Dates in a PDF, or an order that hangs on string hashes, would make every rebuild a change."""
    folder = sweep_folder(("plain", stories(3), {}), ("antislop", stories(0, rewinds=2), {}))
    run_module("-m", "harness.report", str(folder), PYTHONHASHSEED="1")
    first = contents(folder)
    run_module("-m", "harness.report", str(folder), PYTHONHASHSEED="2")
    assert contents(folder) == first


def test_rebuilding_needs_no_model_and_no_tracker(sweep_folder: Folder) -> None:
    folder = sweep_folder(("plain", stories(2), {}))
    watch = (
        "import sys; from pathlib import Path; from harness.report import build_report;"
        "build_report(Path(sys.argv[1]));"
        "print('HEAVY', sorted({'torch', 'transformers', 'mlflow'} & set(sys.modules)))"
    )
    assert "HEAVY []" in run_module("-c", watch, str(folder)).stdout


@pytest.mark.parametrize(
    ("arms", "figures"),
    [
        ([("antislop", stories(0, rewinds=1), {})], {*FIGURES} - {"top_phrases"}),
        ([("plain", stories(2), {})], {"slop_against_cost", "slop_against_diversity"}),
        ([("plain", [text_sample("p", "")], {})], set()),
        ([("plain", None, {"error": "RuntimeError: no"})], set()),
    ],
    ids=["no Plain", "only Plain", "one empty text", "nothing finished"],
)
def test_a_sweep_that_lacks_something_still_has_a_report(
    sweep_folder: Folder, arms: list[tuple[str, None, dict[str, str]]], figures: set[str]
) -> None:
    folder = sweep_folder(*arms)
    build_report(folder)
    assert {path.stem for path in folder.glob("*.png")} == figures


def test_what_failed_is_told(sweep_folder: Folder) -> None:
    failed = {"error": "OutOfMemoryError: 3 GiB", "label": "antislop ban=soft"}
    page = build_report(sweep_folder(("plain", stories(1), {}), ("antislop", None, failed))).read_text()
    assert re.search(r"antislop ban=soft</b>: failed <code>OutOfMemoryError: 3 GiB", page)


def test_page_and_table_star_the_same_numbers(sweep_folder: Folder) -> None:
    folder = sweep_folder(("plain", stories(4), {}), ("antislop", stories(0, rewinds=2), {}))
    page = build_report(folder).read_text(encoding="utf-8")
    starred = re.findall(r'class="value differs">([^<]+)\*<', page)
    table = (folder / "table.md").read_text(encoding="utf-8").split("differs from Plain")[0]
    assert starred == re.findall(r"\| ([−\d.]+)\\\*", table)
    assert starred


@pytest.mark.parametrize("embedded", [True, False])
def test_a_toy_is_called_a_toy(sweep_folder: Folder, embedded: bool) -> None:
    page = build_report(sweep_folder(("plain", stories(1), {"embedded": embedded}))).read_text()
    assert ("say nothing about real language models" in page) == embedded


def test_every_measured_number_is_defined_on_the_page(sweep_folder: Folder) -> None:
    findings = read_findings(sweep_folder(("plain", stories(2), {})))
    measured = {metric for _, metric in findings.numbers.estimates}
    assert {definition.metric for definition in definitions(measured)} == measured


def test_wrong_input_is_one_line_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: SWEEP_FOLDER=")
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_broken_run_is_named_and_nothing_half_written(
    sweep_folder: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = sweep_folder(("plain", stories(1), {}))
    (tmp_path / "runs/x/job0/samples.jsonl").write_text("{}\n{}\n")
    assert main([str(folder)]) == 2
    assert "samples.jsonl, line 1" in capsys.readouterr().err
    assert set(contents(folder)) == {"sweep.json"}
