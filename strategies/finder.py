"""Phrases and regexes in the text of a row, as one fold over its tokens: what AntiSlop and its kin look for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sampler import Prompt, View
from strategies.hit import Hit, order
from strategies.matcher import Scan, is_word, matcher_of
from strategies.patterns import Patterns, Starts
from strategies.unread import first_unread


class Place(NamedTuple):
    """Where the search stands after some text."""

    scan: Scan  # of the phrases
    starts: Starts  # of the regexes


class Found(NamedTuple):
    """What one token decided."""

    place: Place
    hits: list[Hit]  # earliest start first, then longest
    notes: tuple[str, ...]  # regexes that ran into their time limit


class Finder:
    """Finds entries `whys`: phrases as "phrase:<text>", then regexes as "regex:<pattern>". Shared by all rows."""

    def __init__(
        self,
        phrases: Sequence[str],
        regexes: Sequence[str],
        *,
        whole_words: bool,
        ignore_case: bool,
        scan_prompt: bool,
        regex_timeout: float,
    ) -> None:
        """Raises ValueError when there is nothing to find, or no time for a regex."""
        if not regex_timeout > 0:
            raise ValueError(f"regex_timeout: {regex_timeout} is no time; give seconds above 0")
        self.matcher = matcher_of(tuple(phrases), whole_words, ignore_case)
        self.patterns = Patterns(regexes, regex_timeout)
        self.whys = (*(f"phrase:{text}" for text in phrases), *(f"regex:{text}" for text in self.patterns.sources))
        if not self.whys:
            raise ValueError("phrases: the list is empty, and so is regexes; give at least one, or use Plain()")
        self.scan_prompt = scan_prompt

    def begin(self, prompt: Prompt) -> Place:
        """Inside whatever the prompt's tail has begun; what ends in the prompt is no hit."""
        return Place(self._scan_of(self._before(prompt)), self.patterns.begin(self._before(prompt)))

    def read(self, view: View) -> Found:
        """Read what is unread; `view.states` are Places."""
        token, is_cut = first_unread(view)
        place: Place = view.states[token]
        scan, hits = self._phrases(place.scan, view, token, is_cut)
        if not self.patterns.sources:
            return Found(Place(scan, ()), hits, ())
        before = self._before(view.prompt)
        starts, found, late = self.patterns.search(place.starts, before, view.text, view.final is not None)
        if is_cut:
            found = [hit for hit in found if self._new_at_cut(hit, before, view)]
        shifted = [hit._replace(entry=hit.entry + len(self.matcher.phrases)) for hit in found]
        notes = tuple(f"timed out regex:{self.patterns.sources[entry]}" for entry in late)
        return Found(Place(scan, starts), sorted((*hits, *shifted), key=order), notes)

    def is_open(self, place: Place, view: View) -> bool:
        """Whether later text may complete something that began in the text so far."""
        end = view.start(len(view.tokens))
        is_behind = any(start < end for start in place.starts)
        return not view.whole or is_behind or self.matcher.is_open(place.scan, end, view.char)

    def _before(self, prompt: Prompt) -> str:
        return prompt.text if self.scan_prompt else ""

    def _scan_of(self, before: str) -> Scan:
        tail = before[-self.matcher.longest :] if self.matcher.longest else ""

        def char_at(offset: int) -> str:
            index = len(before) + offset
            return before[index] if index >= 0 else ""

        scan, _ = self.matcher.feed(Scan(), tail, -len(tail), char_at)
        return Scan(scan.node)

    def _phrases(self, scan: Scan, view: View, token: int, is_cut: bool) -> tuple[Scan, list[Hit]]:
        """The matcher after tokens `token` and later, and the phrases decided by them, or by the end."""
        after, hits = self.matcher.feed(scan, view.text_from(token), view.start(token), view.char)
        if view.final is None:
            return after, hits
        if is_cut:  # hits were judged when they came up; only a boundary that the cut made is new
            return after, [hit for hit in after.waiting if is_word(view.char(hit.end))]
        return after, sorted((*hits, *after.waiting), key=order)

    def _new_at_cut(self, hit: Hit, before: str, view: View) -> bool:
        """The regex matches here only because a stop string cut the text off behind it."""
        uncut = view.text + "".join(map(view.char, range(view.end, view.start(len(view.tokens)))))
        return hit.end == view.end and not self.patterns.matches(hit.entry, before, uncut, hit)
