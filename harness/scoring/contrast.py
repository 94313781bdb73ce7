"""Sentences that say "not X but Y", by slop-score's rule: a figure is a run of sentences, whatever it says in them."""

import re
from bisect import bisect_left, bisect_right

from harness.config.shipped import DATA
from harness.inputs.regexes import load_regexes
from harness.scoring.phrase_counter import Hit
from harness.scoring.regex_counter import regex_counter
from harness.scoring.slop import stretches

LIST = DATA / "measured" / "contrast_sentences.txt"
# One character for one, so that the text keeps its length.
STRAIGHT = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "ʼ": "'", "—": "-", "–": "-"})


def contrasts(text: str) -> int:
    """Runs of sentences that say it. Runs that share a sentence are one; a sentence ends at each . ! or ?."""
    straight = text.translate(STRAIGHT)
    ends = [mark.end() for mark in re.finditer(r"[.!?]|\Z", straight)]
    find = regex_counter(load_regexes(str(LIST)).entries).hits
    return stretches(_widened(hit, ends) for hit in find(straight))


def _widened(hit: Hit, ends: list[int]) -> Hit:
    """The sentences that a hit touches."""
    before = bisect_right(ends, hit.start)
    return Hit(ends[before - 1] if before else 0, ends[bisect_left(ends, hit.end)], hit.entry)
