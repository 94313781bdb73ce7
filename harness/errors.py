"""What a user can mend: one line that names the field, the value and the way out."""

from __future__ import annotations

from harness.visible import visible


class InputError(ValueError):
    """Wrong input, found before anything was written; the command line turns it into exit code 2."""

    def __init__(self, field: str, value: object, problem: str) -> None:
        super().__init__(one_line(f"{field}={_shown(value)}: {problem}"))
        self.field, self.problem = field, problem


def one_line(said: object) -> str:
    """A message for a terminal: no line break, nothing that acts, whoever's text is quoted in it."""
    return visible(" ".join(str(said).split()))


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 200 else f"{text[:197]}..."
