"""Which forward passes each rewind threw away, told from the events alone and to the pass."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.store.records import Sample

HELD = 64  # positions whose logits a row holds, besides position 0 (sampler/row.py, WINDOW)
# Why a row goes back that stands before a draw it cannot or will not make: all its tokens have been fed by then.
FED = frozenset({"exhausted", "go back"})


@dataclass(frozen=True)
class Wasted:
    """What one rewind threw away.

    `discarded`: passes that fed a token which it took back. `repeated`: 1 if the logits of the position that it went
    back to were no longer held, so that a pass had to make them again.
    """

    why: str
    tokens: int  # taken back
    discarded: int
    repeated: int

    @property
    def forwards(self) -> int:
        return self.discarded + self.repeated


def wasted(events: Sequence[Mapping[str, Any]]) -> list[Wasted]:
    """One for each rewind of a text, in order.

    A pass feeds one token and makes the logits of the position behind it. The token whose draw set off the rewind had
    not been fed, so a rewind from `at` to `to` discards at - to - 1 passes; without a draw since the rewind
    before (`at` is where that one went to), or from before a draw (`FED`), at - to.
    """
    return list(_fold([event for event in events if event["kind"] == "rewind"]))


def _fold(rewinds: Sequence[Mapping[str, Any]]) -> Iterator[Wasted]:
    lowest, before = 0, None  # the lowest position whose logits are held; where the row stands since the last rewind
    for rewind in rewinds:
        at, to, why = rewind["at"], rewind["to"], rewind["why"]
        fed = at if at == before or why in FED else at - 1  # leading tokens of the continuation
        lowest = max(lowest, fed - HELD + 1)
        is_held = to == 0 or to >= lowest
        yield Wasted(why, at - to, max(fed - to, 0), int(not is_held))
        lowest, before = lowest if is_held else to, to
        if to == 0:
            lowest = 0


def told_forwards(sample: Sample) -> int:
    """The passes that a text must have cost by its events: its prompt's, one for each token fed, those repeated.

    `cost["forwards"]` where every rewind was told from the others; a strategy of your own that goes back from
    `exhausted` under another reason than those of `FED` may differ.
    """
    return 1 + fed_and_kept(sample) + sum(rewind.forwards for rewind in wasted(sample.events))


def fed_and_kept(sample: Sample) -> int:
    """Kept tokens that were fed: all but the last, and the last too where the row ended without another draw."""
    kept = int(sample.cost["kept"])
    last = next((event for event in reversed(sample.events) if event["kind"] == "rewind"), None)
    stood_ready = sample.finish_reason == "exhausted" or (last is not None and last["to"] == kept)
    return kept if stood_ready else max(kept - 1, 0)
