"""Commands of the harness in one process of their own, which may take a gigabyte more than it has when it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
RUNNER = """
import contextlib, importlib, io, json, resource, sys
import torch, transformers, harness.planning.plan, harness.running.runner
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + 2**30
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for module, arguments in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    sys.argv = [module, *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = importlib.import_module(module).main()
        except SystemExit as end:
            code = end.code
        except BaseException as error:
            code = repr(error)
    print(json.dumps([code, out.getvalue(), err.getvalue()]), file=sys.__stdout__, flush=True)
"""


class Said(NamedTuple):
    """Exit code (or what was raised) and output of a command."""

    code: object
    out: str
    err: str


def run(folder: Path, commands: Sequence[tuple[str, Sequence[str]]], seconds: float = 240) -> list[Said]:
    """`(module, arguments)` in turn, in `folder`. The process must live to the end, and be done in time."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command, asked = [sys.executable, "-c", RUNNER], json.dumps(commands)
    done = subprocess.run(
        command,
        input=asked,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    said = [Said(*json.loads(line)) for line in done.stdout.splitlines()]
    assert (done.returncode, len(said)) == (0, len(commands)), done.stderr[-2000:]
    return said


def refused(said: Said, about: str) -> None:
    """Exit code 2, and one line of an error that names what it is about."""
    assert said.code == 2, said
    assert said.out == ""
    assert said.err.startswith("error: "), said.err
    assert said.err.count("\n") == 1, said.err
    assert about in said.err
