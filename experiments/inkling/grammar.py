"""The story grammar as data: rules read from rules/*.txt, whose first file explains the notation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "rules"
_HEADER = re.compile(r"\[(?P<name>\w+)(?: @(?P<world>\w+))?(?P<once> once)?\]")
_SLOT = re.compile(r"\{(?:(?P<article>[Aa]) )?(?P<name>\w+)\}")


@dataclass(frozen=True)
class Slot:
    """A place to fill: `article` asks for "a" or "an" before it, `capital` for a capital letter at its start."""

    name: str
    article: bool
    capital: bool


@dataclass(frozen=True)
class Production:
    """One way to write a rule: literal strings and slots, in order."""

    parts: tuple[str | Slot, ...]
    cliche: bool


@dataclass(frozen=True)
class Rule:
    """All ways to write one thing. A `once` rule is drawn once per story and then stays what it is."""

    name: str
    world: str | None
    once: bool
    plain: tuple[Production, ...]
    cliches: tuple[Production, ...]

    @property
    def productions(self) -> tuple[Production, ...]:
        return self.plain + self.cliches


@dataclass(frozen=True)
class Grammar:
    """Rules by (name, world); world None holds everywhere."""

    rules: dict[tuple[str, str | None], Rule]

    @property
    def worlds(self) -> tuple[str, ...]:
        return tuple(sorted({world for _, world in self.rules if world is not None}))

    def rule(self, name: str, world: str) -> Rule:
        """The rule of that world, else the general one. Raise KeyError when there is neither."""
        found = self.rules.get((name, world)) or self.rules.get((name, None))
        if found is None:
            raise KeyError(f"slot {{{name}}} has no rule in world {world!r}; write [{name}] in rules/*.txt")
        return found


def load_grammar(folder: Path = FOLDER) -> Grammar:
    """Read every *.txt of the folder, in name order. Raise ValueError naming file and line of what is no grammar."""
    blocks = [block for path in sorted(folder.glob("*.txt")) for block in _blocks(path)]
    rules = [_rule(header, lines) for header, lines in blocks]
    keys = [(rule.name, rule.world) for rule in rules]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError(f"rules={sorted(twice, key=str)}: opened twice; join their productions under one header")
    return Grammar(dict(zip(keys, rules, strict=True)))


def _blocks(path: Path) -> Iterator[tuple[re.Match[str], list[str]]]:
    header: re.Match[str] | None = None
    lines: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        opened = _HEADER.fullmatch(line)
        if opened is None and (header is None or line.startswith("[")):
            raise ValueError(
                f"{path.name}:{number}: {line!r} is no rule; open one with [name], [name once] or [name @world]"
            )
        if opened is None:
            lines.append(line)
            continue
        if header is not None:
            yield header, lines
        header, lines = opened, []
    if header is not None:
        yield header, lines


def _rule(header: re.Match[str], lines: Iterable[str]) -> Rule:
    productions = [_production(line) for line in lines]
    plain = tuple(production for production in productions if not production.cliche)
    if not plain:
        raise ValueError(
            f"[{header['name']}] has no plain production; a cliché needs something beside it to say instead"
        )
    cliches = tuple(production for production in productions if production.cliche)
    return Rule(header["name"], header["world"], header["once"] is not None, plain, cliches)


def _production(line: str) -> Production:
    cliche = line.startswith("~ ")
    return Production(tuple(_parts(line[2:] if cliche else line)), cliche)


def _parts(text: str) -> Iterator[str | Slot]:
    end = 0
    for match in _SLOT.finditer(text):
        if match.start() > end:
            yield text[end : match.start()]
        yield _slot(match)
        end = match.end()
    if end < len(text):
        yield text[end:]


def _slot(match: re.Match[str]) -> Slot:
    first = match["article"] or match["name"][0]
    return Slot(match["name"].lower(), match["article"] is not None, first.isupper())
