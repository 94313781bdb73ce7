"""table.tex: a booktabs table for a two-column paper (`\\usepackage{booktabs}`, and graphicx for its width)."""

from __future__ import annotations

import re
import unicodedata

from harness.report.spelling import Spelling, header, rows
from harness.report.table import MainTable

SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "[": "{[}",  # after a row's end, a bracket would be read as the row's extra height
    "−": "$-$",
    "–": "--",
    "—": "---",
    "’": "'",
    "±": r"$\pm$",
    "√": r"$\surd$",
    "×": r"$\times$",
    "Δ": r"$\Delta$",
}


ACCENTS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327"
OTHER_LETTERS = "ßæÆœŒøØłŁ"

# Macros of the table alone: a number over its interval, a head on two lines.
MACROS = (
    r"\def\numover#1#2{\begin{tabular}[t]{@{}r@{}}#1\\[-2pt]{\scriptsize #2}\end{tabular}}",
    r"\def\headover#1#2{\begin{tabular}[b]{@{}r@{}}#1\\#2\end{tabular}}",
)
MOST_ROWS = 14  # of a page, with the first part's caption and the small print under each number
SHORT_NAME = 18  # characters that need no second line
RUN = re.compile(r"[^=_/,.:;-]{1,14}[=_/,.:;-]?|.")  # of a name, between places to break the line

Block = tuple[str, list[list[str]]]  # a group's title and its rows' cells


def render_latex(table: MainTable) -> str:
    """A `table*` with caption and label; what is more than a page holds goes on in another one."""
    heads = header(table)[1:]
    wide = any(len(row.name) > SHORT_NAME for group in table.groups for row in group.rows)
    columns = f"{'p{30mm}' if wide else 'l'}{'r' * (len(heads) - 1)}"
    blocks = [(group.title, [cells[1:] for cells in rows(group, table, SPELLING)]) for group in table.groups]
    first = (
        rf"\caption{{\footnotesize {escape(_caption(table))}}}\label{{tab:{label(table.experiment, table.sweep_id)}}}"
    )
    again = r"\addtocounter{table}{-1}\caption{(continued)}"
    parts = [_part(heads, columns, part, again if index else first) for index, part in enumerate(_parts(blocks))]
    return "\n".join([r"% Needs \usepackage{booktabs,graphicx}", *parts])


def _part(heads: list[str], columns: str, blocks: list[Block], caption: str) -> str:
    """One float, as wide as the page at most."""
    return "\n".join(
        [
            r"\begin{table*}",
            r"\centering\setlength{\tabcolsep}{3pt}",
            *MACROS,
            caption,
            r"\resizebox{\ifdim\width>\textwidth\textwidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            rf"{' & '.join(map(_head, heads))} \\",
            *(line for block in blocks for line in _block(block)),
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table*}",
            "",
        ]
    )


def _block(block: Block) -> list[str]:
    """The title takes no width, however long it is."""
    title, lines = block
    named = rf"\leavevmode\rlap{{\parbox[t]{{.9\textwidth}}{{\raggedright\itshape {breakable(title)}}}}}"
    return [r"\midrule", rf"{named}{' &' * (len(lines[0]) - 1)} \\", *(rf"{' & '.join(cells)} \\" for cells in lines)]


def _parts(blocks: list[Block]) -> list[list[Block]]:
    """Groups together on a page while they fit, and cut where one alone does not. At least one part, without rows."""
    parts: list[list[Block]] = [[]]
    free = MOST_ROWS
    for title, lines in blocks:
        for start in range(0, len(lines), MOST_ROWS):
            piece = lines[start : start + MOST_ROWS]
            if len(piece) > free:
                parts.append([])
                free = MOST_ROWS
            parts[-1].append((title, piece))
            free -= len(piece)
    return parts


def _head(title: str) -> str:
    first, comma, second = title.partition(", ")
    return rf"\headover{{{escape(first)},}}{{{escape(second)}}}" if comma else escape(title)


def breakable(text: str) -> str:
    """Escaped, with places to break a line after punctuation and within long runs."""
    return " ".join(r"\allowbreak{}".join(map(escape, RUN.findall(word))) for word in text.split())


def _name(text: str) -> str:
    """In a column of a fixed width if any name is long."""
    return rf"\raggedright {breakable(text)}" if len(text) > SHORT_NAME else escape(text)


def _stack(number: str, below: str) -> str:
    return rf"\numover{{{number}}}{{{below}}}" if below else number


def escape(text: str) -> str:
    """Text that LaTeX sets as it stands, on one line; what its default fonts lack becomes a question mark."""
    return "".join(SPECIAL.get(char, char if _is_set(char) else "?") for char in " ".join(text.split()))


def _is_set(char: str) -> bool:
    """Whether the encoding that LaTeX starts with (OT1) can set it: ASCII, and letters under one of its accents."""
    if char.isascii():
        return char.isprintable()
    parts = unicodedata.normalize("NFD", char)
    accented = parts[0].isascii() and parts[0].isalpha() and parts[1:2] in ACCENTS
    return char in OTHER_LETTERS or (char < "\u0180" and accented)


SPELLING = Spelling(escape=_name, minus="$-$", star="$^{*}$", undefined="--", stack=_stack)


def _caption(table: MainTable) -> str:
    jobs = "; ".join(f"{job.label} ({job.state})" for job in table.unfinished)
    return f"{table.caption} Jobs without a row: {jobs}." if jobs else table.caption


def label(experiment: str, sweep_id: str) -> str:
    """What a table is referred to by."""
    return re.sub(r"[^A-Za-z0-9-]", "-", f"{experiment}-{sweep_id}")
