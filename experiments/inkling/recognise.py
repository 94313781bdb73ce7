"""The grammar read backwards: how much of a text lies in sentences which it could have written."""

from __future__ import annotations

from collections import defaultdict

import regex

from experiments.inkling.grammar import Grammar, Production, Slot

# Whoever is cast: agreement across sentences is not asked for, each sentence is judged alone.
_CAST = {
    "she": "she|he",
    "he": "she|he",
    "her": "her|him",
    "him": "her|him",
    "hers": "her|his",
    "his": "her|his",
    "herself": "herself|himself",
    "himself": "herself|himself",
    "man": "man|woman",
    "hero": "(?&heroine)|(?&hero_man)",
    "friend": "(?&friend_woman)|(?&friend_man)",
}
_PARAGRAPHS = ("story", "begin", "middle", "meet", "talk", "turn", "deed", "close", "exchange", "exchange_end")
_SENTENCE_START = regex.compile(r'(?:(?<=^|\n)|(?<=[.?!]"? ))(?=\S)')


class Recogniser:
    """Finds the sentences of a grammar in a text, whatever world they belong to and whoever is cast."""

    def __init__(self, grammar: Grammar) -> None:
        rules: dict[str, list[Production]] = defaultdict(list)
        for (name, _), rule in grammar.rules.items():
            rules[name] += rule.productions
        definitions = [f"(?P<{name}>{_alternatives(ways)})" for name, ways in rules.items() if name not in _PARAGRAPHS]
        definitions += [f"(?P<{name}>{words})" for name, words in _CAST.items()]
        speech = [part for name in ("exchange", "exchange_end") for way in rules[name] for part in _spoken(way)]
        units = [f"(?&{name})" for name in sorted(_sentence_rules(rules))] + sorted(set(speech))
        pattern = f"(?(DEFINE){''.join(definitions)})(?:{'|'.join(units)})(?=\\s|$)"
        self._unit = regex.compile(pattern, regex.IGNORECASE | regex.POSIX)  # POSIX: of several matches the longest

    def share(self, text: str) -> float:
        """Characters that lie in sentences of the grammar, as a share of all characters but white space."""
        covered = end = 0
        for start in _SENTENCE_START.finditer(text):
            found = self._unit.match(text, start.start()) if start.start() >= end else None
            if found is not None:
                end = found.end()
                covered += _visible(found.group())
        return covered / max(1, _visible(text))


def _visible(text: str) -> int:
    return len("".join(text.split()))


def _sentence_rules(rules: dict[str, list[Production]]) -> set[str]:
    """Rules that paragraphs are made of: each of their productions is one or more whole sentences."""
    slots = {
        part.name for name in _PARAGRAPHS[1:8] for way in rules[name] for part in way.parts if isinstance(part, Slot)
    }
    return slots - set(_PARAGRAPHS)


def _spoken(way: Production) -> list[str]:
    return [part for part in _pattern(way).split(regex.escape(" // ", literal_spaces=True)) if part]


def _alternatives(ways: list[Production]) -> str:
    return "|".join(_pattern(way) for way in ways)


def _pattern(way: Production) -> str:
    return "".join(
        _slot(part) if isinstance(part, Slot) else regex.escape(part, literal_spaces=True) for part in way.parts
    )


def _slot(slot: Slot) -> str:
    return f"an? (?&{slot.name})" if slot.article else f"(?&{slot.name})"
