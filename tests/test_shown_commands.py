"""Every command that the documentation shows is one: settings compose as they stand there, flags are known."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.config.compose import compose_sweep, parse_arguments

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("experiments/*/README.md")]
HISTORY = {"CHANGELOG.md", "LOG.md"}  # commands of their day
# Their commands need files that they make; other tests run them.
OWN_FILES = {"your-own-strategy.md", "STRATEGIES.md", "ship-a-strategy.md"}
COMMAND = re.compile(
    r"^(?:    |\S.*`)?(?:\w+=\S+ )*python -m harness(?:\.serve|\.watch \"[^\"]*\")? (?!list |--|…)([^`\n]*)"
)
SETTINGS = re.compile(r"^    (?!\S*\.yaml)('?[a-z][\w.]*=.*)$")


MODULE = re.compile(r"python -m ((?:harness|experiments)(?:\.\w+)+)([^`\n]*)")


def lines_of(page: Path) -> list[str]:
    """A page without its Python, continued lines in one."""
    return re.sub(r"```python.*?```", "", page.read_text(), flags=re.DOTALL).replace("\\\n", " ").splitlines()


def shown(page: Path) -> list[str]:
    """The overrides on each command line of a page, comments left out; an indented line of settings is one too."""
    lines = lines_of(page)
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


def flags_shown() -> dict[str, set[str]]:
    """Module → the flags that some page shows for it, comments left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for page in PAGES:
        for module, rest in MODULE.findall("\n".join(lines_of(page))) if page.name not in HISTORY else ():
            found[module] |= set(re.findall(r"(?<!\S)\[?(--[a-z][a-z_-]+)", rest.partition(" #")[0]))
    return found


FLAGS = flags_shown()


@pytest.mark.parametrize("module", sorted(FLAGS))
def test_the_module_is_there(module: str) -> None:
    """Guards: a command that was renamed."""
    assert find_spec(module) is not None


@pytest.mark.slow
@pytest.mark.parametrize("module", sorted(module for module, flags in FLAGS.items() if flags))
def test_the_module_knows_the_flags(module: str) -> None:
    """Guards: a flag that was renamed."""
    arguments = ["run", "--help"] if module == "harness.lm_eval" else ["--help"]  # lm_eval's own command line
    help_page = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert help_page.returncode == 0, help_page.stderr
    assert {flag for flag in FLAGS[module] if flag not in help_page.stdout} == set()
