"""One strategy of somebody else's, and what made it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_type_hints

from harness.plugins.constructor import option_defaults
from harness.store.identity import canonical
from sampler import Strategy

NAME = "name"  # the key of a strategy's group that says which it is


@dataclass(frozen=True)
class Plugin:
    """`file` defines it, `code` is that file's content; `package`, of an installed one: its name and version."""

    name: str
    kind: type[Strategy[Any]]
    file: Path
    code: bytes
    package: str | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.code).hexdigest()

    @property
    def origin(self) -> str:
        """Whose it is, for people: `nice-bans 0.2`, `short_sentences.py`."""
        return self.package or self.file.name

    @property
    def meaning(self) -> dict[str, str | None]:
        """What of its code decides the texts: an edit or another release makes other jobs, where it lies does not."""
        return {"package": self.package, "digest": self.digest}


def check_kind(kind: object) -> type[Strategy[Any]]:
    """The class of a strategy that configurations can state. Raise ValueError, saying what is wrong with it."""
    if not isinstance(kind, type) or Strategy not in kind.__mro__[1:]:
        raise ValueError(f"{kind!r} is no subclass of sampler.Strategy")
    try:
        get_type_hints(kind.__init__)  # type: ignore[misc]  # of exactly this class
    except Exception as error:  # a name that only type checkers see
        raise ValueError(f"{kind.__name__}: its constructor's annotations cannot be read: {error}") from None
    for option, default in option_defaults(kind).items():
        if option == NAME:
            raise ValueError(f"{kind.__name__}: an option cannot be called {NAME!r}, which names the strategy")
        try:
            canonical(default)
        except (TypeError, ValueError):
            raise ValueError(
                f"{kind.__name__}: the default of {option!r}, {default!r}, is no number, text, truth value, list or "
                "group of them"
            ) from None
    return kind
