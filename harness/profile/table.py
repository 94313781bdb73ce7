"""A table of over-used n-grams, as the antislop paper's Table 1: as data, then Markdown, LaTeX or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from harness.profile.overuse import Overuse
from harness.report import render_latex, render_markdown
from harness.report.csv_cells import cells

TITLES = {1: "words", 2: "bigrams", 3: "trigrams"}
HEADS = ("n-gram", "count", "prompts", "per 1k words", "human per 1k", "ratio", "z")
COLUMNS = ("order", *(field.name for field in fields(Overuse)))


@dataclass(frozen=True)
class NGramTable:
    """`parts`: order → rows as they are to be shown. Title and caption are plain text."""

    title: str
    caption: str
    parts: Mapping[int, Sequence[Overuse]]


def markdown(table: NGramTable) -> str:
    """A pipe table for each order that has rows."""
    escape = render_markdown.escape
    lines = [f"# {escape(table.title)}", ""]
    for order, uses in _filled(table):
        lines += [_pipes((TITLES[order], *HEADS[1:])), _pipes(("---", *["---:"] * (len(HEADS) - 1)))]
        lines += [*(_pipes(_cells(use, escape)) for use in uses), ""]
    return "\n".join([*lines, escape(table.caption)]) + "\n"


def latex(table: NGramTable) -> str:
    """A booktabs `table`, its parts separated by a rule."""
    escape = render_latex.escape
    parts = [[rf"{' & '.join(_cells(use, escape))} \\" for use in uses] for _, uses in _filled(table)]
    body = [line for index, part in enumerate(parts) for line in ([r"\midrule", *part] if index else part)]
    return "\n".join(
        [
            r"% Needs \usepackage{booktabs}",
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{escape(f'{table.title}. {table.caption}')}}}",
            rf"\begin{{tabular}}{{l{'r' * (len(HEADS) - 1)}}}",
            r"\toprule",
            rf"{' & '.join(map(escape, HEADS))} \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def comma_separated(table: NGramTable) -> str:
    """RFC 4180 with a header; numbers are written in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for order, uses in table.parts.items():
        writer.writerows(cells([order, *(getattr(use, name) for name in COLUMNS[1:])]) for use in uses)
    return out.getvalue()


def _filled(table: NGramTable) -> Iterable[tuple[int, Sequence[Overuse]]]:
    return [(order, uses) for order, uses in table.parts.items() if uses]


def _cells(use: Overuse, escape: Callable[[str], str]) -> tuple[str, ...]:
    """A bound is marked as one: what the baseline does not list is rarer than what its rule takes it for."""
    less, more = (escape("<"), escape(">")) if use.is_unseen else ("", "")
    return (
        escape(use.ngram),
        str(use.count),
        str(use.prompts),
        f"{use.rate:.3f}",
        f"{less}{use.human_rate:.4f}",
        f"{more}{use.ratio:,.1f}",
        f"{use.z:.2f}",
    )


def _pipes(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
