"""python -m harness list strategies|models|datasets|experiments|launchers|metrics: what there is, a line each."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from harness.config.shipped import shipped
from harness.errors import InputError
from harness.plugins.entries import offered
from harness.report.definitions import every_definition

Entry = tuple[str, str]  # a name as one writes it, and what it is
PACKAGE_LINE = "# @package"
UNCUT = 10_000  # columns: a pipe has no width that a line would have to fit into


def list_what(arguments: list[str]) -> str:
    """The lines of `list WHAT`. Raise InputError for anything else."""
    if len(arguments) != 1 or arguments[0] not in LISTS:
        raise InputError("list", " ".join(arguments), f"must be followed by one of {', '.join(LISTS)}")
    return _columns(LISTS[arguments[0]](), shutil.get_terminal_size((UNCUT, 24)).columns)


def _group(name: str) -> Iterator[Entry]:
    """The choices of one group of conf/, each with the comment that heads its file."""
    folder = shipped("conf") / name
    choices = {str(file.relative_to(folder).with_suffix("")): file for file in folder.rglob("*.yaml")}
    for name in sorted(choices):
        yield name, _comment(choices[name])


def _comment(file: Path) -> str:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith(PACKAGE_LINE)]
    return lines[0].removeprefix("#").strip() if lines and lines[0].startswith("#") else ""


def _strategies() -> Iterator[Entry]:
    """This package's, then those of others, which are loaded for it: a broken one says so."""
    yield from _group("strategy")
    if names := sorted(offered()):
        from harness.plugins.packages import describe

        for name in names:
            yield name, describe(name)


def _metrics() -> Iterator[Entry]:
    for definition in every_definition():
        yield definition.metric, f"{definition.better} {definition.formula} ({definition.unit})"


def _columns(entries: Iterable[Entry], width: int) -> str:
    """Names in one column, the rest cut where a terminal's line ends."""
    rows = list(entries)
    wide = max((len(name) for name, _ in rows), default=0)
    room = max(width - wide - 2, 20)
    return "\n".join(f"{name:{wide}}  {textwrap.shorten(what, room, placeholder='…')}".rstrip() for name, what in rows)


LISTS: Mapping[str, Callable[[], Iterable[Entry]]] = {
    "strategies": _strategies,
    "models": lambda: _group("model"),
    "datasets": lambda: _group("dataset"),
    "experiments": lambda: _group("experiment"),
    "launchers": lambda: _group("launcher"),
    "metrics": _metrics,
}
