"""Regexes in a growing text: each remembers from where on a match may still begin, so old text is never read again.

The `regex` package says by a partial match whether the text so far may be the beginning of one. A match that touches
the end of the text waits for the next character, or for the end: `\\bcat\\b` is in "the cat" only once it is known that
no letter follows. Lookaheads are decided one character behind the match. Patterns carry their own flags.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import regex

from strategies.compiled import compiled
from strategies.hit import Hit

Pattern = regex.Pattern[str]
# What may stand at the end of a pattern and be false at the end of a text, yet true once a character follows.
LOOKS_AHEAD = ("\\b", "\\B", "\\m", "\\M", "$", "\\Z", "(?!", "(?=")
PROBES = ("a", " ", ".", "\n")  # one character of each kind that such an end can ask for
Starts = tuple[int, ...]  # per pattern, the offset from which on a match may begin


class Searched(NamedTuple):
    """What reading a text to its end gave."""

    starts: Starts
    hits: list[Hit]
    late: list[int]  # patterns that ran into the time limit: their text is not known to be clean


class Patterns:
    """A list of regexes. Immutable once built; shared by all rows.

    Offsets count characters of the continuation; negative ones lie in `before`, the text in front of it. Hits of one
    pattern do not overlap.
    """

    def __init__(self, patterns: Sequence[str], timeout: float) -> None:
        """`timeout`: seconds for one search. Raises ValueError for what is no regex or matches the empty string."""
        if isinstance(patterns, str):
            raise TypeError(f"regexes: {patterns!r} is one string; use a list of strings, [{patterns!r}]")
        wrong = [pattern for pattern in patterns if not isinstance(pattern, str)]
        if wrong:
            raise TypeError(f"regexes: {wrong[0]!r} is no string; use a list of strings")
        self.sources = tuple(dict.fromkeys(patterns))
        self._compiled = tuple(map(_compiled, self.sources))
        self._timeout = timeout

    def begin(self, before: str) -> Starts:
        """Where matches may begin that reach out of `before`; one that ends inside it is none."""
        return tuple(self._begin(pattern, before) - len(before) for pattern in self._compiled)

    def search(self, starts: Starts, before: str, text: str, final: bool) -> Searched:
        """Matches that `text` decides; `final`: nothing follows it."""
        whole, hits, late = before + text, list[Hit](), list[int]()
        after = list(starts)
        for entry, pattern in enumerate(self._compiled):
            start = starts[entry] + len(before)
            try:
                spans, start = self._decided(pattern, whole, start, final)
            except TimeoutError:
                late.append(entry)
                spans, start = [], len(whole)
            hits += [Hit(begin - len(before), end - len(before), entry) for begin, end in spans if end > len(before)]
            after[entry] = start - len(before)
        return Searched(tuple(after), hits, late)

    def matches(self, entry: int, before: str, text: str, hit: Hit) -> bool:
        """Whether pattern `entry` matches exactly at `hit` in a longer text; not if that takes too long to tell."""
        try:
            match = self._compiled[entry].match(before + text, hit.start + len(before), timeout=self._timeout)
        except TimeoutError:
            return False
        return match is not None and match.end() == hit.end + len(before)

    def _decided(self, pattern: Pattern, text: str, start: int, final: bool) -> tuple[list[tuple[int, int]], int]:
        """Spans of matches from `start` on that no further character can change, and where the next may begin."""
        spans: list[tuple[int, int]] = []
        while match := self._first(pattern, text, start):
            if not final and _touches_end(match, text):
                return spans, start
            spans.append(match.span())
            start = match.end()
        return spans, self._open_from(pattern, text, start)

    def _begin(self, pattern: Pattern, text: str) -> int:
        """Where a match may begin that is not complete in `text`; everywhere if that takes too long to tell."""
        start = 0
        try:
            while match := self._first(pattern, text, start):
                if match.end() == len(text):
                    return match.start()
                start = match.start() + 1
            return self._open_from(pattern, text, start)
        except TimeoutError:
            return 0  # the first search reads it again, and says that it is late

    def _open_from(self, pattern: Pattern, text: str, start: int) -> int:
        """Where the first match may begin that more text completes; there is none in `text` from `start` on."""
        partial = pattern.search(text, start, partial=True, timeout=self._timeout)
        opens = [partial.start()] if partial else []
        if any(mark in pattern.pattern for mark in LOOKS_AHEAD):
            probed = (self._first(pattern, text + probe, start) for probe in PROBES)
            opens += [match.start() for match in probed if match]
        return min(opens, default=len(text))

    def _first(self, pattern: Pattern, text: str, start: int) -> regex.Match[str] | None:
        """The first match that is not empty."""
        found = pattern.finditer(text, start, timeout=self._timeout)
        return next((match for match in found if match.end() > match.start()), None)


def _compiled(source: str) -> Pattern:
    try:
        return compiled(source)
    except ValueError as error:
        raise ValueError(f"regexes: {source!r} {error}") from None


def _touches_end(match: regex.Match[str], text: str) -> bool:
    """More text may change the match: it goes on to the end, or `$` stands before a last newline."""
    return bool(match.end() + text.endswith("\n") >= len(text))
