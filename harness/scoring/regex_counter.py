"""Find matches of regexes in a finished text, each pattern by itself.

A sampler must not be its own judge: it searches a growing text by partial matches, here whole texts are searched at
once. Matches of one pattern do not overlap, those of two may. A match of nothing is no hit.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import regex

from harness.scoring.phrase_counter import Hit
from strategies.compiled import compiled

TIME_LIMIT = 10.0  # seconds for one pattern on one text; honest patterns need microseconds


class RegexCounter:
    """All matches of a list of patterns, in the syntax of the `regex` package. Patterns carry their own flags."""

    def __init__(self, patterns: Iterable[str], time_limit: float = TIME_LIMIT) -> None:
        self._patterns = [_compiled(pattern) for pattern in patterns]
        self._time_limit = time_limit

    def hits(self, text: str) -> Iterator[Hit]:
        """Hits pattern by pattern, each from left to right. Raise TimeoutError, naming the pattern."""
        for pattern in self._patterns:
            try:
                for match in pattern.finditer(text, timeout=self._time_limit):
                    if match.end() > match.start():
                        yield Hit(match.start(), match.end(), pattern.pattern)
            except TimeoutError:
                raise TimeoutError(f"{pattern.pattern!r} took longer than {self._time_limit:g} s on a text") from None


def _compiled(source: str) -> regex.Pattern[str]:
    try:
        return compiled(source)
    except ValueError as error:
        raise ValueError(f"regex {source!r} {error}") from None


@lru_cache(maxsize=8)
def regex_counter(patterns: tuple[str, ...]) -> RegexCounter:
    """The counter of a list; built once, however many jobs share the list."""
    return RegexCounter(patterns)
