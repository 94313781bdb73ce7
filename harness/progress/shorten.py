"""Names cut to a width so that different ones stay different."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from itertools import takewhile

from rich.cells import cell_len, set_cell_size

MARK = "…"  # something is left out


def shortened(names: Collection[str], width: int) -> Mapping[str, str]:
    """Each name in at most `width` cells of a terminal.

    Options that tell no two names apart go first, then what options are called, and only then the middle of a name. Of
    names that would look alike the beginning that they share goes instead.
    """
    return _shortened(frozenset(names), width)


def least_width(names: Collection[str]) -> int:
    """The width from which on no word is cut."""
    return min(map(_longest, _spellings(frozenset(names))))


@lru_cache(maxsize=64)
def _shortened(names: frozenset[str], width: int) -> Mapping[str, str]:
    spelled: Mapping[str, str] = {}
    for spelled in _spellings(names):
        if _longest(spelled) <= width:
            return spelled
    return _apart({name: cut(said, width) for name, said in spelled.items()}, spelled, width)


def _spellings(names: frozenset[str]) -> Iterator[Mapping[str, str]]:
    """From whole names to shorter and shorter ones, each as different as before."""
    spelled = {name: name for name in sorted(names)}
    yield spelled
    keys = dict.fromkeys(word.partition("=")[0] for name in spelled for word in name.split(" ") if "=" in word)
    for key in reversed(keys):
        without = {name: _without(said, f"{key}=") for name, said in spelled.items()}
        if _are_apart(without):
            spelled = without
            yield spelled
    values = {
        name: " ".join(word.partition("=")[2] or word for word in said.split(" ")) for name, said in spelled.items()
    }
    if _are_apart(values):
        yield values


def _without(said: str, option: str) -> str:
    return " ".join(word for word in said.split(" ") if not word.startswith(option))


def _are_apart(spelled: Mapping[str, str]) -> bool:
    return len(set(spelled.values())) == len(spelled)


def _longest(spelled: Mapping[str, str]) -> int:
    return max(map(cell_len, spelled.values()), default=0)


def _apart(short: dict[str, str], spelled: Mapping[str, str], width: int) -> Mapping[str, str]:
    """Names that were cut to the same are cut before the first difference."""
    alike = defaultdict(list)
    for name, said in short.items():
        alike[said].append(name)
    for group in alike.values():
        if len(group) > 1:
            shared = _shared_start([spelled[name] for name in group])
            short |= {name: _start(MARK + spelled[name][shared:], width) for name in group}
    return short


def _shared_start(texts: Collection[str]) -> int:
    """How many characters all begin with."""
    first, last = min(texts), max(texts)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells, shortened in its middle.

    >>> cut("meta-llama/Llama-3.1-8B-Instruct", 16), cut("plain", 16)
    ('meta-lla…nstruct', 'plain')
    """
    if cell_len(text) <= width:
        return text
    tail = (width - 1) // 2
    end = len(text)
    while end > 0 and cell_len(text[end - 1 :]) <= tail:
        end -= 1
    kept = text[end:]
    return _start(text, width - cell_len(kept)) + kept


def _start(text: str, width: int) -> str:
    """Its first cells, with a mark where that is not all of it."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(width - 1, 0)).rstrip() + MARK if width > 0 else ""
