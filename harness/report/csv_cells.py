"""Cells of the CSV files, which people open in spreadsheets: a text that would be computed is marked as text.

A phrase, a model's folder or an option may be called `=HYPERLINK(…)`, and a spreadsheet would run it. So a text that
begins with = + - @ (in either width, behind any white space) gets an apostrophe in front, as spreadsheets write it.
Numbers stay numbers, -0.5 too. Characters that act are shown, since CSV files are printed on terminals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.visible import visible

COMPUTED = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def cell(value: object) -> object:
    """The value as a cell; anything but text is left as it is."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if text.lstrip().startswith(COMPUTED) else text


def cells(values: Iterable[object]) -> list[object]:
    return [cell(value) for value in values]


def record(values: Mapping[str, object]) -> dict[str, object]:
    """The same for a row by its columns."""
    return {name: cell(value) for name, value in values.items()}
