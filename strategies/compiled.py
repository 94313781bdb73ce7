"""A regex from anybody, compiled: refused where compiling, or merely trying it, would take forever."""

from __future__ import annotations

import re

import regex

# The `regex` package writes counted repeats out when it compiles, and nothing can interrupt it: (?:a{65535}){65535}
# would fill the memory. 100,000 items take a tenth of a second; lists that people publish have a few hundred.
MOST_ITEMS = 100_000
PROBES = ("", "a b")  # texts in which a pattern of nothing shows
PROBE_SECONDS = 1.0
_ITEM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(?P<least>\d*)(?P<to>,(?P<most>\d*))?\}|.", re.DOTALL)


def compiled(source: str) -> regex.Pattern[str]:
    """Raise ValueError, saying what is wrong with it: no regex, too large, slow on any text, a match of nothing."""
    if (size := written_out(source)) > MOST_ITEMS:
        raise ValueError(f"repeats so much that {size:,} items are to be found, {MOST_ITEMS:,} at most; repeat less")
    try:
        pattern = regex.compile(source)
    except regex.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    except RecursionError:
        raise ValueError("nests too many groups; write it flatter") from None
    try:
        empty = any(not found.group() for probe in PROBES for found in pattern.finditer(probe, timeout=PROBE_SECONDS))
    except TimeoutError:
        raise ValueError(f"takes longer than {PROBE_SECONDS:g} s on three characters; repeat less") from None
    if empty:
        raise ValueError("matches the empty string, so every text; ask for at least one character")
    return pattern


def written_out(source: str) -> int:
    """How many items the pattern has once its counted repeats are written out.

    >>> written_out("(ab{2,3}c){10}")
    50
    """
    sums, last = [0], 0
    for item in _ITEM.finditer(source):
        times = item["most"] or item["least"]
        if times and last:
            sums[-1] += last * (int(times) - 1)
            last *= max(int(times), 1)
        elif item.group() == "(":
            sums.append(0)
        elif item.group() == ")" and len(sums) > 1:
            last = sums.pop()
            sums[-1] += last
        else:
            last = 1
            sums[-1] += 1
    return sum(sums)
