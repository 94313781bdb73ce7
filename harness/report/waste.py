"""Where an arm's forward passes went that no kept token needed: by kind of reason, and by reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, get_args

from harness.scoring import RatioMeasurement
from harness.scoring.per_prompt import finished, summed
from harness.scoring.waste import Wasted, told_forwards, wasted
from harness.statistics import Estimate, estimate
from harness.store.records import Sample

Kind = Literal["phrase", "regex", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)
DEAREST = 5  # reasons of an arm that are shown, and have intervals
UNIT = "forwards/1k tokens"
NO_INTERVAL = f"only the {DEAREST} dearest reasons of an arm have an interval"


class Reason(NamedTuple):
    """Why a rewind was made: an entry of a list, or what a strategy calls it; `name` is "" for all of a kind."""

    kind: Kind | Literal["all"]
    name: str


EVERYTHING = Reason("all", "")


@dataclass(frozen=True)
class Part:
    """What the rewinds of one reason threw away; `prompts`: those in whose texts it occurred."""

    reason: Reason
    rewinds: int
    tokens: int
    discarded: int
    repeated: int
    prompts: int
    rate: Estimate | None = None  # wasted forwards per 1,000 kept tokens of the arm; None: not among the dearest

    @property
    def forwards(self) -> int:
        return self.discarded + self.repeated


@dataclass(frozen=True)
class Waste:
    """An arm's draws and passes in all, and the parts that were wasted.

    `untold`: passes that its events do not explain (harness/scoring/waste.py), 0 for every strategy of this project.
    """

    prompts: int
    drawn: int
    kept: int
    forwards: int
    untold: int
    total: Part
    kinds: tuple[Part, ...]  # those that occurred, in the order of KINDS
    reasons: tuple[Part, ...]  # the most wasted passes first, then the most tokens


Found = Sequence[tuple[str, Wasted]]  # prompt id, what one rewind wasted


def waste_of(samples: Sequence[Sample]) -> Waste:
    """The waste of the texts that have not failed."""
    texts = finished(samples)
    kept = summed(texts, [sample.cost["kept"] for sample in texts])
    found = [(sample.prompt_id, one) for sample in texts for one in wasted(sample.events)]
    forwards = sum(sample.cost["forwards"] for sample in texts)
    return Waste(
        prompts=len(kept),
        drawn=sum(sample.cost["drawn"] for sample in texts),
        kept=int(sum(kept.values())),
        forwards=forwards,
        untold=forwards - sum(map(told_forwards, texts)),
        total=_rated(_part(EVERYTHING, found), found, kept),
        kinds=tuple(_kinds(found, kept)),
        reasons=tuple(_reasons(found, kept)),
    )


def reason_of(why: str) -> Reason:
    """ "phrase:old dog" is the phrase "old dog"; what is no entry of a list is its own name."""
    kind, _, entry = why.partition(":")
    match kind:
        case "phrase" | "regex":
            return Reason(kind, entry)
        case _:
            return Reason("other", why)


def wasted_rate(found: Found, kept: Mapping[str, float]) -> Estimate:
    """Wasted passes per 1,000 kept tokens, resampled over prompts."""
    forwards = dict.fromkeys(kept, 0.0)
    for prompt, one in found:
        forwards[prompt] += one.forwards
    return estimate(RatioMeasurement("wasted", UNIT, "lower", forwards, kept, scale=1000.0, reason="no token was kept"))


def _kinds(found: Found, kept: Mapping[str, float]) -> Iterator[Part]:
    for kind in KINDS:
        of_kind = [(prompt, one) for prompt, one in found if reason_of(one.why).kind == kind]
        if of_kind:
            yield _rated(_part(Reason(kind, ""), of_kind), of_kind, kept)


def _reasons(found: Found, kept: Mapping[str, float]) -> Iterator[Part]:
    by_reason: dict[Reason, list[tuple[str, Wasted]]] = defaultdict(list)
    for prompt, one in found:
        by_reason[reason_of(one.why)].append((prompt, one))
    parts = sorted((_part(reason, of_it) for reason, of_it in by_reason.items()), key=_dearest_first)
    for place, part in enumerate(parts):
        yield _rated(part, by_reason[part.reason], kept) if place < DEAREST else part


def _dearest_first(part: Part) -> tuple[int, int, Reason]:
    """Equally dear ones in alphabetical order, so that the report does not depend on the texts' order."""
    return -part.forwards, -part.tokens, part.reason


def _part(reason: Reason, found: Found) -> Part:
    return Part(
        reason=reason,
        rewinds=len(found),
        tokens=sum(one.tokens for _, one in found),
        discarded=sum(one.discarded for _, one in found),
        repeated=sum(one.repeated for _, one in found),
        prompts=len({prompt for prompt, _ in found}),
    )


def _rated(part: Part, found: Found, kept: Mapping[str, float]) -> Part:
    return replace(part, rate=wasted_rate(found, kept))
