"""Stories drawn from the grammar."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from experiments.inkling.cast import cast
from experiments.inkling.grammar import Grammar, Production, Rule, Slot

# Chance that a place which can be a cliché is one: in what the model reads, and in the plain "human" baseline.
SLOPPY, PLAIN = 0.32, 0.015
_NAMES = ("hero", "friend")


def tell(grammar: Grammar, seed: str, cliche_rate: float) -> str:
    """One story: paragraphs separated by a blank line. The same arguments give the same text."""
    random = Random(seed)
    told = _Telling(grammar, random, random.choice(grammar.worlds), cast(random), cliche_rate)
    return told.expand(Slot("story", article=False, capital=False)).replace(" // ", "\n\n")


@dataclass
class _Telling:
    """One story on its way: its world, its cast, and what it has fixed for good (`drawn`)."""

    grammar: Grammar
    random: Random
    world: str
    words: dict[str, str]
    cliche_rate: float
    drawn: dict[str, str] = field(default_factory=dict)

    def expand(self, slot: Slot, taken: frozenset[Production] = frozenset()) -> str:
        text = self._fill(slot.name, taken)
        if slot.article:
            text = f"{article(text)} {text}"
        return text[0].upper() + text[1:] if slot.capital else text

    def _fill(self, name: str, taken: frozenset[Production]) -> str:
        if name in self.words and name not in _NAMES:
            return self.words[name]
        rule = self.grammar.rule(self.words.get(name, name), self.world)
        if not rule.once:
            return self._write(self._choose(rule, taken))
        if rule.name not in self.drawn:
            self.drawn[rule.name] = self._write(self._choose(rule, taken))
        return self.drawn[rule.name]

    def _choose(self, rule: Rule, taken: frozenset[Production]) -> Production:
        sloppy = bool(rule.cliches) and self.random.random() < self.cliche_rate
        among = rule.cliches if sloppy else rule.plain
        return self.random.choice([one for one in among if one not in taken] or among)

    def _write(self, production: Production) -> str:
        """Expand the parts; a slot which comes twice in one production is filled twice differently."""
        words: list[str] = []
        for part in production.parts:
            words.append(part if isinstance(part, str) else self._expand_apart(part, words))
        return "".join(words)

    def _expand_apart(self, slot: Slot, before: list[str]) -> str:
        for _ in range(8):
            text = self.expand(slot)
            if text not in before:
                break
        return text


def article(text: str) -> str:
    """ "a" or "an" by spelling; the grammar holds no silent h and no vowel that sounds like a consonant."""
    return "an" if text[0].lower() in "aeiou" else "a"
