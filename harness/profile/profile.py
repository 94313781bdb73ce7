"""One model's over-use against one baseline, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from harness.profile.baseline import Baseline
from harness.profile.content import ORDERS
from harness.profile.corpus import Corpus
from harness.profile.halves import split
from harness.profile.overuse import Overuse, Rules, overused, tally, word_count
from harness.profile.written import ban_entries
from harness.store.digests import digest_text
from harness.store.identity import DIGITS, canonical
from harness.store.records import SCHEMA


@dataclass(frozen=True)
class Profile:
    """`found`: order → over-used n-grams, highest z first; `phrases` and `words`: what to ban for them."""

    corpus: Corpus
    baseline: Baseline
    rules: Rules
    word_count: int
    found: Mapping[int, tuple[Overuse, ...]]
    phrases: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def entries(self) -> tuple[str, ...]:
        return (*self.phrases, *self.words)

    @property
    def banned(self) -> tuple[str, ...]:
        return split(self.entries).banned

    @property
    def heldout(self) -> tuple[str, ...]:
        return split(self.entries).heldout

    @property
    def prompts(self) -> int:
        return len({item.prompt_id for item in self.corpus.texts})

    @cached_property
    def origin(self) -> dict[str, Any]:
        """What the profile was made from: equal origins make equal profiles."""
        pool = {"pooled": self.corpus.pooled} if self.corpus.pooled else {}
        return {
            "schema": SCHEMA,
            "model": self.corpus.name,
            **pool,
            "texts": {
                "number": len(self.corpus.texts),
                "prompts": self.prompts,
                "words": self.word_count,
                "digest": self.corpus.digest,
            },
            "baseline": {"name": self.baseline.name, "words": self.baseline.words, "digest": self.baseline.digest},
            "rules": asdict(self.rules),
        }

    @property
    def id(self) -> str:
        return digest_text(canonical(self.origin))[:DIGITS]


def make_profile(corpus: Corpus, baseline: Baseline, rules: Rules) -> Profile:
    """Find what the texts over-use, and what to ban for it."""
    total = word_count(corpus.texts)
    found = {order: overused(tally(corpus.texts, order), order, total, baseline, rules) for order in ORDERS}
    phrases, words = ban_entries(corpus.texts, baseline, found, rules)
    return Profile(
        corpus=corpus,
        baseline=baseline,
        rules=rules,
        word_count=total,
        found={order: tuple(uses) for order, uses in found.items()},
        phrases=tuple(phrases),
        words=tuple(words),
    )
