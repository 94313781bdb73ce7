"""What a user can mend: one line that names the field, the value and the way out."""

from __future__ import annotations


class InputError(ValueError):
    """Wrong input, found before anything was written; the command line turns it into exit code 2."""

    def __init__(self, field: str, value: object, problem: str) -> None:
        super().__init__(" ".join(f"{field}={_shown(value)}: {problem}".split()))
        self.field = field


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."
