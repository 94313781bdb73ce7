"""What the reported numbers mean, read from docs/METRICS.md, where each is defined once."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

# In a wheel it lies inside the package.
PAGE = next(page for top in (1, 2) if (page := Path(__file__).parents[top] / "docs" / "METRICS.md").is_file())

# | `slop.hits_per_1k_words` ↓ *set* | formula | unit | edge cases | source |
_ROW = re.compile(
    r"^\| `(?P<metric>[\w.]+)` (?P<better>[↓↑·])(?: \*set\*)? \|"
    r" (?P<formula>[^|]+) \| (?P<unit>[^|]+) \| (?P<edges>[^|]+) \| (?P<source>[^|]+) \|$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Definition:
    """One row of the page, as plain text."""

    metric: str
    better: str
    formula: str
    unit: str
    edges: str
    source: str

    @property
    def sentence(self) -> str:
        """What a reader needs beside a number."""
        return f"{self.metric} {self.better}: {self.formula} ({self.unit})"


def definitions(metrics: Collection[str]) -> list[Definition]:
    """Those of the named metrics, in the page's order."""
    rows = _ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return [
        Definition(**{key: _plain(text) for key, text in row.groupdict().items()})
        for row in rows
        if row["metric"] in metrics
    ]


def _plain(markdown: str) -> str:
    return markdown.replace("`", "").replace("*", "").strip()
