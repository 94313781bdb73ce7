"""The tables of docs/STATISTICS.md, from results.json."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "STATISTICS.md"
RESULTS = Path(__file__).parent / "results.json"
BEGIN, END = "<!-- python -m experiments.statistics -->", "<!-- end -->"

Results = Mapping[str, Any]


def tables(results: Results) -> str:
    """Markdown; percentages of the results' number of simulated sweeps."""
    return "\n\n".join([_ratios(results), _gone(results), _fluency(results), _sets(results)])


def filled(page: str, results: Results) -> str:
    """The page with the tables between its two marks. Raise ValueError when it has no marks."""
    marked = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    if not marked.search(page):
        raise ValueError(f"{PAGE.name} has no place for the tables; write {BEGIN} and {END} where they belong")
    return marked.sub(lambda _: f"{BEGIN}\n\n{tables(results)}\n\n{END}", page)


def _ratios(results: Results) -> str:
    heads = ("prompts", "value", "difference", "relative change", "… defined", "p < 0.05 without a difference")
    names = ("value", "difference", "relative", "relative_defined", "false")
    return _table(heads, ((name, *(_percent(row[key]) for key in names)) for name, row in results["ratios"].items()))


def _gone(results: Results) -> str:
    heads = ("prompts, all hits gone", "difference", "relative change", "p < 0.05 where both arms have none")
    names = ("difference", "relative", "false")
    return _table(heads, ((name, *(_percent(row[key]) for key in names)) for name, row in results["gone"].items()))


def _fluency(results: Results) -> str:
    heads = ("prompts", '"shown" at no difference', '"shown" at −0.05', '"lower" at −0.05', "p < 0.05 at 2.80/√n")
    names = ("shown_at_none", "shown_at_margin", "worse_at_margin", "power")
    return _table(heads, ((name, *(_percent(row[key]) for key in names)) for name, row in results["fluency"].items()))


def _sets(results: Results) -> str:
    heads = ("number of the whole set", "jackknife", "bootstrap", "truth", "mean of the resamples")
    rows = (
        (
            name,
            _percent(row["jackknife"]),
            _percent(row["bootstrap"]),
            f"{row['truth']:.3f}",
            f"{row['bootstrap_mean']:.3f}",
        )
        for name, row in results["sets"].items()
    )
    return _table(heads, rows)


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(["| " + " | ".join(cells) + " |" for cells in (heads, _rule(heads), *rows)])


def _rule(heads: tuple[str, ...]) -> tuple[str, ...]:
    return ("---", *["---:"] * (len(heads) - 1))
