"""`python -m harness list …`: a line for each choice, and nothing that is not there."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from harness.__main__ import main
from harness.config.compose import CONF
from harness.listing import LISTS, list_what
from strategies import REGISTRY
from tests.environment import without


@pytest.mark.parametrize("what", LISTS)
def test_every_entry_has_a_line_that_says_something(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = list_what([what]).splitlines()
    assert lines
    assert all(len(line) <= 100 and re.fullmatch(r"\S+ {2,}\S.*", line) for line in lines)


def test_strategies_are_those_of_the_registry_and_their_presets(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {line.split()[0].split("/")[0] for line in list_what(["strategies"]).splitlines()}
    assert names == set(REGISTRY)


def test_a_choice_stands_before_its_presets_and_a_pipe_is_given_whole_lines() -> None:
    """Guards: `list metrics > file` that ends each definition in an ellipsis."""
    listing = [sys.executable, "-m", "harness", "list", "strategies"]
    ran = subprocess.run(listing, capture_output=True, text=True, env=without("COLUMNS"))
    names = [line.split()[0] for line in ran.stdout.splitlines()]
    assert names.index("antislop") + 1 == names.index("antislop/none")
    assert "…" not in ran.stdout


def test_experiments_are_the_files(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["harness", "list", "experiments"])
    assert main() == 0
    printed = capsys.readouterr().out
    assert {line.split()[0] for line in printed.splitlines()} == {file.stem for file in CONF.glob("experiment/*.yaml")}
    assert "# @package" not in printed


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["models", "datasets"]])
def test_another_list_is_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["harness", "list", *arguments])
    assert main() == 2
    assert "must be followed by one of strategies, models, datasets" in capsys.readouterr().err
