"""docs/SCALING.md: its commands are taken as they stand there."""

from __future__ import annotations

import re
import shlex

import pytest

from harness.config.compose import CONF, compose_sweep, parse_arguments

PAGE = (CONF.parent / "docs" / "SCALING.md").read_text()
COMMANDS = re.findall(r"python -m harness ([^`|\n]*launcher=[^`|\n]*)", PAGE)


def test_every_preset_has_its_command() -> None:
    named = {choice for command in COMMANDS for choice in re.findall(r" launcher=(\w+)", command)}
    assert named == {path.stem for path in (CONF / "launcher").glob("*.yaml")} - {"basic"}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_composes(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    sweep = compose_sweep(parse_arguments(shlex.split(command)))
    assert len(sweep.jobs) > 1
    assert not sweep.launcher.is_here
