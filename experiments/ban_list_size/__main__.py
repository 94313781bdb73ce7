"""python -m experiments.ban_list_size: write the lists, 10 to 8,000 entries, each a beginning of the next.

First the clichés of the embedded list; then word trigrams of the grammar's plain stories, the rarest first, so that the
list grows into ordinary language as a list profiled from a model does: each entry is rare, its first word is not.
"""

from __future__ import annotations

from pathlib import Path

from experiments.inkling.corpus import stories
from experiments.inkling.human import count_ngrams
from harness.inputs.phrases import load_phrases

SIZES = (10, 100, 1_000, 8_000)
STORIES = 300
LISTS = Path(__file__).parent / "lists"


def entries() -> list[str]:
    """Every entry, in the order in which longer lists take them in."""
    cliches = load_phrases("inkling_banned").entries
    counts = count_ngrams(stories("ban_list_size", STORIES, cliche_rate=0.0))[3]
    trigrams = sorted(counts, key=lambda gram: (counts[gram], gram))
    return list(dict.fromkeys([*cliches, *trigrams]))


def main() -> None:
    """Write lists/<size>.txt."""
    found = entries()
    LISTS.mkdir(exist_ok=True)
    for size in SIZES:
        if len(found) < size:
            raise ValueError(f"SIZES: {size} entries asked, {len(found)} found; raise STORIES")
        (LISTS / f"{size}.txt").write_text("\n".join(found[:size]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
