"""A sample as pieces to be shown: kept text, what was taken back where it stood, and list hits.

Plain data. Which tags stand for a piece is the template's business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Literal

from harness.report.sweep_data import Lists
from harness.scoring.phrase_counter import phrase_counter
from harness.scoring.regex_counter import regex_counter
from harness.scoring.slop import Find
from harness.store.records import Sample

Mark = Literal["", "banned", "regex", "heldout"]

# A rewind to the start takes back whole texts; their two ends say enough.
LONGEST_STRUCK, HEAD, TAIL = 400, 240, 120
# A strategy that starts over a thousand times would fill the page with one sample; what is left out is counted.
MOST_STRUCK = 2000  # characters taken back that are shown of one sample


@dataclass(frozen=True)
class Kept:
    """A stretch of text under one mark, with the entry of the list that it is a hit of."""

    text: str
    mark: Mark = ""
    entry: str = ""


@dataclass(frozen=True)
class Struck:
    """Text that rewinds took back, `times` at this place, with what had been taken back within it before."""

    pieces: tuple[Piece, ...]
    why: str
    tokens: int
    times: int = 1

    @property
    def size(self) -> int:
        """Characters to be shown."""
        return sum(len(piece.text) if isinstance(piece, Kept) else piece.size for piece in self.pieces)


Piece = Kept | Struck
Anchor = tuple[int, Struck]  # characters before it
Span = tuple[int, int, Mark, str]


@dataclass(frozen=True)
class SampleView:
    """One text as pieces, and the figures under it."""

    pieces: tuple[Piece, ...]
    finish_reason: str
    error: str | None
    kept: int
    drawn: int
    rewinds: int
    hidden: int  # retractions that are only counted, the last ones of a sample that has too many to show
    reasons: tuple[str, ...]  # why something was taken back: "phrase:a testament to ×2"
    notes: tuple[str, ...]  # what the strategy said besides: "passed phrase:a testament to"


def view_sample(sample: Sample, lists: Lists) -> SampleView:
    """Strike out and mark; the text's own hits only, as the scorers count them by its job's lists."""
    spans = [
        *_spans(sample.text, phrase_counter(lists.heldout.entries).hits, "heldout"),
        *_spans(sample.text, regex_counter(lists.regexes.entries).hits, "regex"),
        *_spans(sample.text, phrase_counter(lists.phrases.entries).hits, "banned"),
    ]
    rewinds = [event for event in sample.events if event["kind"] == "rewind"]
    struck = _struck(sample)
    shown = _shown(struck)
    return SampleView(
        pieces=_weave(sample.text, shown, spans),
        finish_reason=sample.finish_reason,
        error=sample.error,
        kept=sample.cost["kept"],
        drawn=sample.cost["drawn"],
        rewinds=len(rewinds),
        hidden=sum(one.times for _, one in struck) - sum(one.times for _, one in shown),
        reasons=_counted(event["why"] for event in rewinds),
        notes=_counted(event["note"] for event in sample.events if event.get("note")),
    )


def _counted(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text if count == 1 else f"{text} ×{count}" for text, count in Counter(texts).items())


def _spans(text: str, find: Find, mark: Mark) -> list[Span]:
    """Nothing is marked where a pattern runs out of time: the table says so."""
    try:
        return [(hit.start, hit.end, mark, hit.entry) for hit in find(text)]
    except TimeoutError:
        return []


def _struck(sample: Sample) -> list[Anchor]:
    """What was taken back, at its place in the final text; what stood after a rewind's place went with it."""
    anchors: list[Anchor] = []
    for event in sample.events:
        if event["kind"] == "rewind":
            char = event["char"]
            inner = [(offset - char, struck) for offset, struck in anchors if offset > char]
            anchors = [(offset, struck) for offset, struck in anchors if offset <= char]
            struck = Struck(_shortened(event["text"], inner), event["why"], event["at"] - event["to"])
            anchors = _add(anchors, (char, struck))
    return anchors


def _add(anchors: list[Anchor], new: Anchor) -> list[Anchor]:
    """The same text taken back again at the same place is counted, not repeated."""
    for index, (offset, struck) in enumerate(anchors):
        if (offset, replace(struck, times=1)) == new:
            again = replace(struck, times=struck.times + 1)
            return [*anchors[:index], (offset, again), *anchors[index + 1 :]]
    return [*anchors, new]


def _shown(anchors: Sequence[Anchor]) -> list[Anchor]:
    """The first ones, as many as fit."""
    sizes = accumulate(struck.size for _, struck in anchors)
    return [anchor for anchor, size in zip(anchors, sizes, strict=True) if size <= MOST_STRUCK]


def _shortened(text: str, inner: Sequence[Anchor]) -> tuple[Piece, ...]:
    if len(text) <= LONGEST_STRUCK:
        return _weave(text, inner, ())
    return (Kept(f"{text[:HEAD]} […] {text[-TAIL:]}"),)


def _weave(text: str, anchors: Sequence[Anchor], spans: Iterable[Span]) -> tuple[Piece, ...]:
    """Cut the text at every anchor and span edge. A later span wins where two overlap."""
    end = len(text)
    # A stop string is cut off after the fact, so something may have been taken back beyond the text's end.
    placed = [(min(offset, end), struck) for offset, struck in anchors]
    spans = list(spans)
    edges = {0, end, *(offset for offset, _ in placed), *(edge for span in spans for edge in span[:2])}
    pieces: list[Piece] = []
    for start, stop in pairwise([*sorted(edges), end]):
        pieces += [struck for offset, struck in placed if offset == start]
        if stop > start:
            _append(pieces, Kept(text[start:stop], *_mark(spans, start)))
    return tuple(pieces)


def _append(pieces: list[Piece], new: Kept) -> None:
    """An edge that changes no mark (of a hit within another list's hit) parts nothing."""
    last = pieces[-1] if pieces else None
    if isinstance(last, Kept) and (last.mark, last.entry) == (new.mark, new.entry):
        pieces[-1] = replace(last, text=last.text + new.text)
    else:
        pieces.append(new)


def _mark(spans: Iterable[Span], position: int) -> tuple[Mark, str]:
    mark: tuple[Mark, str] = "", ""
    for start, end, name, entry in spans:
        if start <= position < end:
            mark = name, entry
    return mark
