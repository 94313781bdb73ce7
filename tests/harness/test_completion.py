"""Shell completion: Hydra's own script, in a real bash, over the console script."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
eval "$(backtrack-harness -sc install=bash)"
export COMP_LINE="$1" COMP_POINT=${#1}
COMP_WORDS=($1)
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
hydra_bash_completion
printf '%s\\n' "${COMPREPLY[@]}"
"""


def completed(line: str) -> list[str]:
    """What bash offers at the end of `line`."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", ASK, "bash", line], env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="machine: no bash")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("backtrack-harness +experiment=antislop", "+experiment=antislop_sweep"),
        ("backtrack-harness strategy=anti", "strategy=antislop"),
        ("backtrack-harness model=inkling_5", "model=inkling_500k"),
        ("backtrack-harness decoding.temp", "decoding.temperature="),
    ],
)
def test_bash_completes_groups_options_and_keys(line: str, offered: str) -> None:
    """Guards: Hydra's script cannot complete after `python -m harness`, so there is a command of one word."""
    assert offered in completed(line)
