"""What the reported numbers mean, read from docs/METRICS.md, where each is defined once."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from harness.config.shipped import shipped

PAGE = shipped("docs/METRICS.md")

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
    return [definition for definition in every_definition() if definition.metric in metrics]


def every_definition() -> list[Definition]:
    """All of the page, in its order."""
    rows = _ROW.finditer(PAGE.read_text(encoding="utf-8"))
    return [Definition(**{key: _plain(text) for key, text in row.groupdict().items()}) for row in rows]


def _plain(markdown: str) -> str:
    return markdown.replace("`", "").replace("*", "").strip()
