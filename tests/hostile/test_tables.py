"""Tables that people paste, print and open: no text in them is a command of LaTeX, Markdown, HTML or a spreadsheet."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report import render_latex, render_markdown
from harness.report.csv_cells import cell, record
from harness.visible import unbroken, visible

ANY = st.text(
    st.one_of(st.characters(), st.sampled_from(list("\\{}$&#^_~%|`*<>[]=+-@'\"\x1b\u202e\n\t\ud800"))), max_size=30
)
# What escape() may write with a special meaning to TeX: these and no other.
LATEX = re.compile(
    r"\\textbackslash\{\}|\\textasciitilde\{\}|\\textasciicircum\{\}|\\textless\{\}|\\textgreater\{\}|\\textbar\{\}"
    r"|\\[&%$#_{}]|\{\[\}|\$-\$|\$\\(?:pm|surd|times|Delta)\$"
)
ACTS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]")


@given(ANY)
def test_latex_holds_no_command_but_our_own(text: str) -> None:
    """There is no engine here to try it: what is left when our own commands are taken out has no special character."""
    rest = LATEX.sub("", render_latex.escape(text))
    assert not set("\\{}$&#^_~%") & set(rest)
    assert rest.isprintable()


@pytest.mark.parametrize(
    "text", [r"\input{/etc/passwd}", r"\write18{id}", "%\n\\end{document}", "^^5cinput", "$\\def$"]
)
def test_latex_says_what_it_was_given(text: str) -> None:
    names = {r"\textbackslash{}": "\\", r"\textasciicircum{}": "^", **{f"\\{char}": char for char in "&%$#_{}"}}
    back = re.sub(
        r"\\textbackslash\{\}|\\textasciicircum\{\}|\\[&%$#_{}]", lambda m: names[m[0]], render_latex.escape(text)
    )
    assert back == " ".join(text.split())


@given(ANY, ANY)
def test_a_label_is_a_plain_name(experiment: str, sweep_id: str) -> None:
    """Guards: sweep.json's names, which anybody may have written, between the braces of a label."""
    assert re.fullmatch(r"[A-Za-z0-9-]+", render_latex.label(experiment, sweep_id))


@given(ANY)
def test_markdown_holds_no_mark_that_is_not_escaped(text: str) -> None:
    escaped = render_markdown.escape(text)
    assert not ACTS.search(escaped)
    unescaped = re.sub(r"\\[\\`*\[\]<>#|~&_]", "", escaped)
    assert not set("\\`*[]<>#|~&") & set(unescaped)


@given(st.lists(st.one_of(ANY, st.floats(allow_nan=False), st.none()), min_size=2, max_size=4))
def test_a_spreadsheet_computes_nothing(values: list[object]) -> None:
    """Read back as CSV: no text cell begins with what starts a formula, and numbers are what they were."""
    out = io.StringIO()
    names = [str(index) for index in range(len(values))]
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writerow(record(dict(zip(names, values, strict=True))))
    out.getvalue().encode()
    (row,) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    for value, shown in zip(values, row, strict=True):
        if isinstance(value, str):
            assert not shown.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
            assert shown.removeprefix("'") == visible(value) or shown == visible(value)
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
        elif value is not None:
            assert float(shown) == value


def test_numbers_are_left_alone() -> None:
    assert [cell(-0.5), cell(None), cell(7), cell("-0.5")] == [-0.5, None, 7, "'-0.5"]


@given(ANY)
def test_a_terminal_is_sent_nothing_that_acts(text: str) -> None:
    assert not ACTS.search(unbroken(text))
    assert not ACTS.search(visible(text).replace("\n", "").replace("\t", ""))
    visible(text).encode()
