"""`+experiment=bias_oracle` from the command line to its files: resumable, exact to the byte, and clear when wrong."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.oracle.table import COLUMNS
from harness.report import build_report

DOCS = Path(__file__).resolve().parents[2] / "docs"
ARMS = "oracle.arms=[{name:plain},{name:doob},{name:antislop,ban:none},{name:chain,strategies:[antislop]}]"


@pytest.fixture
def oracle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(*arguments: str) -> int:
        monkeypatch.chdir(tmp_path)
        given = [*arguments] if any(each.startswith("oracle.arms") for each in arguments) else [ARMS, *arguments]
        if not any(each.startswith("oracle.model") for each in arguments):
            given.append("oracle.model=single_site,dominant_name")
        monkeypatch.setattr(sys, "argv", ["harness", "+experiment=bias_oracle", "tracking=none", *given])
        return main()

    return run


def report(folder: Path) -> Path:
    (found,) = folder.glob("reports/bias_oracle/*")
    return found


def test_the_report_has_a_row_for_each_law(oracle: Callable[..., int], tmp_path: Path, capsys) -> None:
    assert oracle() == 0
    assert "| single_site | plain | 0.1500 | ∞ |" in capsys.readouterr().out
    rows = list(csv.DictReader((report(tmp_path) / "table.csv").open()))
    assert len(rows) == 2 * 4 * len(COLUMNS)
    tv = {(row["model"], row["strategy"]): float(row["value"]) for row in rows if row["metric"] == "tv"}
    assert tv["single_site", "plain"] == pytest.approx(0.15)
    assert tv["dominant_name", "chain"] == pytest.approx(0.81 * 0.25 / 0.55)
    names = {"table.md", "table.tex", "table.csv", "fidelity_against_cost.png", "fidelity_against_cost.pdf"}
    assert {path.name for path in report(tmp_path).iterdir()} == {*names, "sweep.json"}
    assert "?" not in (report(tmp_path) / "table.tex").read_text()  # a sign that LaTeX cannot set


def test_what_is_there_is_not_computed_again(oracle: Callable[..., int], tmp_path: Path) -> None:
    assert oracle() == 0
    laws = {path: path.stat().st_mtime_ns for path in tmp_path.glob("runs/bias_oracle/*/law.json")}
    first = (report(tmp_path) / "table.csv").read_bytes()
    next(iter(laws)).unlink()
    assert oracle() == 0
    again = {path: path.stat().st_mtime_ns for path in laws}
    assert sum(again[path] != laws[path] for path in laws) == 1
    assert (report(tmp_path) / "table.csv").read_bytes() == first


def test_each_strategy_has_an_arm_or_is_a_stated_exception() -> None:
    """A strategy without a law would be one that nobody has checked."""
    import yaml

    from strategies import REGISTRY

    arms = yaml.safe_load((DOCS.parent / "conf/experiment/bias_oracle.yaml").read_text())["oracle"]["arms"]
    exceptions = (DOCS / "ORACLE.md").read_text().partition("**Without an arm**")[2].partition("\n\n")[0]
    excepted = set(re.findall(r"`(\w+)`", exceptions))
    assert {arm["name"] for arm in arms} - {"doob"} | excepted == set(REGISTRY)
    assert not excepted & {arm["name"] for arm in arms}


def test_vgb_comes_nearer_with_its_steps_and_replace_writes_what_the_model_would_not(oracle, tmp_path: Path) -> None:
    assert oracle("oracle.arms=[{name:vgb,steps:2},{name:vgb,steps:12},{name:replace}]") == 0
    rows = list(csv.DictReader((report(tmp_path) / "table.csv").open()))
    found = {(row["model"], row["strategy"], row["options"], row["metric"]): row["value"] for row in rows}
    for model in ("single_site", "dominant_name"):
        near, nearer = (float(found[model, "vgb", json.dumps({"steps": steps}), "tv"]) for steps in (2, 12))
        assert 0 < nearer < near
        assert float(found[model, "replace", "{}", "violation"]) == 0


def test_a_replacement_that_the_model_cannot_spell_is_refused(oracle, tmp_path: Path, capsys) -> None:
    model = json.loads((DOCS.parent / "harness/data/oracle/single_site.json").read_text())
    (tmp_path / "mine.json").write_text(json.dumps(model | {"instead": "zebra"}))
    assert oracle("oracle.arms=[{name:replace}]", "oracle.model=mine.json") == 2
    assert "zebra" in capsys.readouterr().err


def test_a_report_is_rebuilt_from_its_folder(oracle: Callable[..., int], tmp_path: Path) -> None:
    assert oracle() == 0
    table = report(tmp_path) / "table.md"
    before = table.read_bytes()
    table.unlink()
    assert build_report(report(tmp_path)).read_bytes() == before


def test_dry_run_writes_nothing(oracle: Callable[..., int], tmp_path: Path, capsys) -> None:
    assert oracle("dry_run=true") == 0
    assert "8 laws, 8 to compute" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_law_that_fails_costs_its_own_row_only(oracle: Callable[..., int], tmp_path: Path, capsys) -> None:
    """Behind "a" only "b" is possible, and it is banned there: an order to raise."""
    arms = "oracle.arms=[{name:plain},{name:antislop,on_exhausted:error,rewind_to:token}]"
    model = json.loads((DOCS.parent / "harness/data/oracle/single_site.json").read_text())
    (tmp_path / "mine.json").write_text(json.dumps(model | {"after": model["after"] | {"a": {"b": 1.0}}}))
    assert oracle(arms, "oracle.model=mine.json") == 1
    assert "failed: mine antislop" in capsys.readouterr().err
    assert "Laws without a row" in (report(tmp_path) / "table.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("oracle.model=nope",), "oracle.model='nope': is neither an embedded model (cliches,"),
        (("oracle.arms=[]",), "oracle.arms=[]"),
        (("oracle.arms=[{nome:plain}]",), "must be groups with a strategy's name"),
        (("oracle.arms=[{name:antislop,bann:hard}]",), "bann"),
        (("oracle.arms=[{name:doob,deep:1}]",), "doob has no options"),
        (("oracle.tolerance=0.0",), "oracle.tolerance=0.0"),
        (("oracle.max_places=0",), "oracle.max_places=0"),
        (("decoding.top_k=2",), "decoding.top_k=2"),
        (("stop=[x]",), "stop=['x']"),
        (("task=lore",), "task='lore'"),
    ],
)
def test_wrong_input_is_one_line(oracle: Callable[..., int], arguments, says, tmp_path: Path, capsys) -> None:
    assert oracle(*arguments) == 2
    error = capsys.readouterr().err.strip()
    assert says in error
    assert "\n" not in error


def test_a_law_without_a_model_says_where_one_is(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["harness", "task=law"])
    assert main() == 2
    assert "oracle=None: task=law needs a model and arms, as +experiment=bias_oracle" in capsys.readouterr().err


def test_a_model_without_a_clean_text_is_refused(oracle: Callable[..., int], tmp_path: Path, capsys) -> None:
    model = json.loads((DOCS.parent / "harness/data/oracle/single_site.json").read_text())
    (tmp_path / "dirty.json").write_text(json.dumps(model | {"banned": ["a", "c"]}))
    assert oracle("oracle.model=dirty.json") == 2
    assert "holds a phrase in every text" in capsys.readouterr().err


def test_every_column_is_defined() -> None:
    """A number without a definition is a rumour."""
    section = (DOCS / "METRICS.md").read_text(encoding="utf-8").partition("## The bias oracle")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == {column.name for column in COLUMNS}
