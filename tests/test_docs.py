"""The code that the documentation shows is run as it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sampler import BacktrackSampler
from sampler.backends import TransformersBackend

ROOT = Path(__file__).resolve().parent.parent

PAGES = (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("experiments/*/*.md"), *ROOT.glob("reports/*.md"))


def code_blocks(page, language="python"):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in PAGES))
def test_every_link_into_the_project_leads_somewhere(page):
    """Guards: a README whose picture and report were never committed."""
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", (ROOT / page).read_text())
    assert [target for target in targets if not ((ROOT / page).parent / target).exists()] == []


def test_the_strategy_of_the_page_works_and_has_fewer_than_40_lines():
    code = code_blocks("docs/STRATEGIES.md")[0]
    assert len([line for line in code.splitlines() if line.strip()]) < 40
    names = {}
    exec(code, names)
    backend = TransformersBackend.from_pretrained(str(ROOT / "harness/data/inkling_2m"), dtype="float64")
    sampler = BacktrackSampler(backend, names["ShortWords"](longest=6), max_new_tokens=40)
    prompts = ["The ferry was late again.", "Clara was born on a boat and had not slept well on land since."]
    for out in sampler.generate(prompts):
        assert max(map(len, re.findall(r"[^\W\d_]+", out.text))) <= 6
        assert out.cost.rewinds["long word"] > 0
    with pytest.raises(ValueError, match="longest: 0 is below 1"):
        names["ShortWords"](longest=0)


def rows_of(page):
    """The cells of every table row of a page, in order."""
    lines = (ROOT / page).read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]


def test_the_readmes_table_is_the_reference_reports():
    """Guards: numbers on the first screen that no report holds any more."""
    shown = [row for row in rows_of("README.md") if len(row) == 6][2:]
    report = rows_of("reports/reference/table.md")
    begin = next(i for i, row in enumerate(report) if row[0] == "inkling_2m, temperature 0.7")
    held = {row[1]: row for row in report[begin : begin + len(shown)]}
    assert [row[0] for row in shown] == list(held)
    for name, _, banned, heldout, logprob, forwards in shown:
        assert [banned, heldout] == held[name][2:4], name
        assert [logprob, forwards] == [held[name][6].split(" ")[0], held[name][8].split(" ")[0]], name


@pytest.mark.parametrize("page", ["docs/STRATEGIES.md", "README.md"])
def test_the_pages_examples_run_word_for_word(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    names = {}
    for code in code_blocks(page):
        exec(code, names)
    assert capsys.readouterr().out.strip()


def test_a_new_strategy_is_one_file_and_one_yaml(tmp_path):
    """The page's own, dropped into a copy of the folder, is swept like any other."""
    shutil.copytree(ROOT / "strategies", tmp_path / "strategies")
    (tmp_path / "strategies/short_words.py").write_text(code_blocks("docs/STRATEGIES.md")[0])
    (tmp_path / "conf/strategy").mkdir(parents=True)
    (tmp_path / "conf/strategy/short_words.yaml").write_text(code_blocks("docs/STRATEGIES.md", "yaml")[0])
    settings = ["model=inkling_500k", "dataset.limit=2", "decoding.max_new_tokens=20", "tracking=none"]
    command = [sys.executable, "-m", "harness", "--config-dir", "conf", "strategy=plain,short_words", *settings]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, "| short_words |" in run.stdout) == (0, True), run.stderr
