"""`imports=` on a command line: which files, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString

from harness.errors import InputError
from harness.paths import user_path

FIELD = "imports"


def named_files(overrides: Sequence[str]) -> tuple[Path, ...]:
    """The files, absolute. Raise InputError for what is no list of names, HydraException for what is no override."""
    if not any(FIELD in override for override in overrides):
        return ()
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    return tuple(path for override in parsed if override.key_or_group == FIELD for path in _files(override))


def _files(override: Override) -> list[Path]:
    if override.is_sweep_override():
        raise InputError(
            FIELD, override.get_value_string(), "is one list for the whole sweep; write imports=[a.py,b.py]"
        )
    value = override.value()
    names = value if isinstance(value, list) else [value]
    texts = [name.text if isinstance(name, QuotedString) else name for name in names if name is not None]
    if not all(isinstance(text, str) for text in texts):
        raise InputError(FIELD, value, "must be a list of files, imports=[short_sentences.py]")
    return [user_path(str(text)).absolute() for text in texts]


def with_absolute(overrides: Sequence[str], files: Sequence[Path]) -> list[str]:
    """The overrides with `files` named so that they are found from any folder."""
    if not files:
        return list(overrides)
    names = ",".join(QuotedString(str(file), Quote.single).with_quotes() for file in files)
    return [*overrides, f"{FIELD}=[{names}]"]


def refuse_others(settings: Mapping[str, Any], files: Sequence[Path]) -> None:
    """Raise InputError for files that a configuration names: settings from anybody are data, and run no code."""
    if list(settings.get(FIELD) or ()) != [str(file) for file in files]:
        raise InputError(FIELD, settings[FIELD], "is code, which only the command line may name, imports=[FILE.py]")
