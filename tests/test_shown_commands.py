"""Every `python -m harness …` that the documentation shows composes as it stands there, whatever model it names."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from harness.compose import compose_sweep, parse_arguments

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("experiments/*/README.md")]
HISTORY = {"CHANGELOG.md", "LOG.md"}  # commands of their day
OWN_FILES = {"your-own-strategy.md", "STRATEGIES.md"}  # their commands need files that they make; other tests run them
COMMAND = re.compile(r"^(?:    |\S.*`)?(?:\w+=\S+ )*python -m harness (?!list |--|…)([^`\n]*)")
SETTINGS = re.compile(r"^    (?!\S*\.yaml)('?[a-z][\w.]*=.*)$")


def shown(page: Path) -> list[str]:
    """The overrides on each command line of a page, comments left out; an indented line of settings is one too."""
    text = re.sub(r"```python.*?```", "", page.read_text(), flags=re.DOTALL)
    lines = text.replace("\\\n", " ").splitlines()
    found = [match[1] for line in lines if (match := COMMAND.match(line) or SETTINGS.match(line))]
    return [" ".join(map(shlex.quote, shlex.split(words, comments=True))) for words in found]


COMMANDS = sorted(
    {
        (page.relative_to(ROOT).as_posix(), words)
        for page in PAGES
        if page.name not in HISTORY | OWN_FILES
        for words in shown(page)
        if "--config-dir" not in words
    }
)


def test_commands_are_found_in_fenced_and_indented_blocks() -> None:
    """Guards: a pattern that finds nothing, and a suite that passes on it."""
    assert ("README.md", "+experiment=antislop_sweep") in COMMANDS
    assert len({page for page, _ in COMMANDS}) > 10


@pytest.mark.parametrize(("page", "words"), COMMANDS)
def test_the_command_composes(page: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards: a key that was renamed, and a value that the shell or Hydra reads in another way than its author."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setenv("PWD", str(ROOT))
    assert compose_sweep(parse_arguments(shlex.split(words))).jobs
