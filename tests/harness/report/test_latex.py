"""table.tex in a two-column paper, set by a real TeX: it fits, and no name from a command line stops it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.oracle.report import as_latex
from harness.oracle.table import read_table
from harness.report.findings import read_findings
from harness.report.render_latex import MOST_ROWS, escape, render_latex
from harness.report.table import MainTable
from tests.harness.report.conftest import Folder, stories

HOSTILE = (
    r"\input{/etc/passwd} \end{document} $x^2$ 50% #1 a&b ~ ^ _ {",
    "x" * 300,
    "日本語 שלום 🙂 naïve ŋ ß",
    "antislop phrases=/data/a_very_long_name_of_a_list.txt ban=soft strength=0.125",
)
PAPER = r"""\documentclass[twocolumn]{article}
%s
\usepackage{booktabs,graphicx}
\begin{document}
See Table~\ref{tab:x-s1}.
\input{table.tex}
\end{document}
"""
# What a reader would see: text that sticks out, a float that runs off its page, a letter that is not there.
SPOILT = re.compile(
    r"^(Overfull .*|.*Float too large.*|Missing character.*|LaTeX Warning: (Reference|Citation).*)$", re.MULTILINE
)

needs_tex = pytest.mark.skipif(
    shutil.which("pdflatex") is None,
    reason="needs pdflatex: apt-get install texlive-latex-base texlive-latex-recommended",
)


def typeset(folder: Path, table: str, packages: str = "") -> tuple[int, str]:
    """Number of pages, and the log of the last of two runs."""
    (folder / "table.tex").write_text(table, encoding="utf-8")
    (folder / "paper.tex").write_text(PAPER % packages, encoding="utf-8")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "-no-shell-escape", "paper.tex"]
    for _ in range(2):
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=120)
        assert run.returncode == 0, run.stdout[-2000:]
    pages = re.search(r"Output written on paper\.pdf \((\d+) page", run.stdout)
    assert pages is not None
    return int(pages.group(1)), (folder / "paper.log").read_text(errors="replace")


def table_of(folder: Folder, labels: Sequence[str]) -> MainTable:
    """Plain, and an arm for each label."""
    arms = [("antislop", stories(0, rewinds=2), {"label": label}) for label in labels]
    return read_findings(folder(("plain", stories(4), {}), *arms)).table


@needs_tex
@pytest.mark.parametrize("packages", ["", r"\usepackage[T1]{fontenc}"], ids=["plain LaTeX", "T1"])
def test_a_table_with_any_names_fits_a_two_column_paper(sweep_folder: Folder, tmp_path: Path, packages: str) -> None:
    table = table_of(sweep_folder, HOSTILE)
    hostile = replace(
        table, experiment=HOSTILE[0], groups=tuple(replace(one, title=" ".join(HOSTILE)) for one in table.groups)
    )
    text = render_latex(hostile).replace(r"\label{", r"\label{tab:x-s1}\label{")
    _, log = typeset(tmp_path, text, packages)
    assert SPOILT.findall(log) == []


def test_the_captions_own_signs_are_set(sweep_folder: Folder) -> None:
    """Guards: "±0.05 nats/token" as "?0.05"."""
    text = render_latex(table_of(sweep_folder, ["antislop"]))
    assert "?" not in text
    assert r"$\pm$0.05" in text


@needs_tex
def test_more_arms_than_a_page_holds_go_on_on_the_next(sweep_folder: Folder, tmp_path: Path) -> None:
    arms = 2 * MOST_ROWS + 3
    text = render_latex(table_of(sweep_folder, [f"arm{index}" for index in range(arms)]))
    pages, log = typeset(tmp_path, text)
    assert SPOILT.findall(log) == []
    assert pages >= 3
    assert text.count(r"\begin{table*}") == 3
    assert [text.count(rf"arm{index} &") for index in range(arms)] == [1] * arms


@needs_tex
def test_every_letter_that_is_not_replaced_can_be_set(tmp_path: Path) -> None:
    """Guards: one ŋ in a name, which the default fonts lack, and the paper does not compile."""
    letters = "".join(map(chr, range(0x20, 0x250)))
    _, log = typeset(tmp_path, "\n\n".join(escape(letter) for letter in letters))
    assert "Missing character" not in log


@needs_tex
def test_a_sweep_without_a_finished_job_compiles_too(sweep_folder: Folder, tmp_path: Path) -> None:
    text = render_latex(read_findings(sweep_folder(("plain", None, {"error": "no memory"}))).table)
    _, log = typeset(tmp_path, text)
    assert SPOILT.findall(log) == []


@needs_tex
def test_the_table_of_exact_laws_compiles_too(tmp_path: Path) -> None:
    """Guards: a command of a package that the table does not ask for."""
    laws = next((Path(__file__).parents[2] / "schema/version_1/reports/laws").iterdir())
    _, log = typeset(tmp_path, as_latex(read_table(laws)).replace(r"\label{", r"\label{tab:x-s1}\label{"))
    assert SPOILT.findall(log) == []
