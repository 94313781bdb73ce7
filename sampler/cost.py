"""What a text cost: a fold over its events that adds with `+`. Never a single "tokens" number."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sampler.events import Committed, Drew, Event, Forward, Rewound, Worked, nats_on_disk


@dataclass(frozen=True)
class Cost:
    """Counts of one row, or of many added up.

    Identities, per row: `drawn = kept + discarded`, and `fed = prompt + kept_fed + discarded_fed + refed`, where
    the last kept token is never fed. EOS is a token (drawn, kept). Once a row has ended, `held_back` counts each kept
    token once. A forward pass shared by B rows counts once in
    each of them, so that a row's cost does not depend on its batch.
    """

    forwards: int = 0  # passes of the model this row took part in
    fed: int = 0  # tokens fed to the model, the prompt's included
    kept: int = 0  # tokens of the final text
    drawn: int = 0  # draws, forced tokens included
    discarded: int = 0  # draws taken back
    refed: int = 0  # tokens fed again under a prefix they had been fed under before
    seconds: float = 0.0  # share of wall time inside the model
    rewinds: Counter[str] = field(default_factory=Counter)  # by why
    ban_nats: float = 0.0  # what bans cost at the draws of settled tokens: KL of the biased from the unbiased step
    held_back: Counter[int] = field(default_factory=Counter)  # settled tokens, by draws made before they settled
    outside_seconds: float = 0.0  # wall time outside the model: shapes, bans, draws, matching, decisions
    strategy_seconds: float = 0.0  # of these, in the strategy: shapes, matching, decisions

    @classmethod
    def of(cls, events: Iterable[Event]) -> Cost:
        """Fold `events` into their cost."""
        counts: defaultdict[str, Any] = defaultdict(int)
        rewinds: Counter[str] = Counter()
        held_back: Counter[int] = Counter()
        for event in events:
            match event:
                case Drew():
                    counts["drawn"] += 1
                case Rewound():
                    counts["discarded"] += event.at - event.to
                    rewinds[event.why] += 1
                case Forward():
                    counts["forwards"] += event.forwards
                    counts["fed"] += event.fed
                    counts["refed"] += event.refed
                    counts["seconds"] += event.seconds
                case Committed():
                    counts["ban_nats"] += event.ban_nats
                    held_back.update(event.held_back)
                case Worked():
                    counts["outside_seconds"] += event.seconds
                    counts["strategy_seconds"] += event.strategy_seconds
        kept = counts["drawn"] - counts["discarded"]
        return cls(kept=kept, rewinds=rewinds, held_back=held_back, **counts)

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.forwards + other.forwards,
            self.fed + other.fed,
            self.kept + other.kept,
            self.drawn + other.drawn,
            self.discarded + other.discarded,
            self.refed + other.refed,
            self.seconds + other.seconds,
            self.rewinds + other.rewinds if other.rewinds else self.rewinds,
            self.ban_nats + other.ban_nats,
            self.held_back + other.held_back if other.held_back else self.held_back,
            self.outside_seconds + other.outside_seconds,
            self.strategy_seconds + other.strategy_seconds,
        )

    def as_record(self) -> dict[str, Any]:
        """Counts only: wall times would make equal runs differ."""
        names = ("forwards", "fed", "kept", "drawn", "discarded", "refed")
        return {name: getattr(self, name) for name in names} | {
            "rewinds": dict(sorted(self.rewinds.items())),
            "ban_nats": nats_on_disk(self.ban_nats),
            "held_back": {str(draws): tokens for draws, tokens in sorted(self.held_back.items())},
        }
