"""What `launcher=` refuses, in one line each, before anything is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.config.compose import CONF, compose_sweep, parse_arguments
from harness.errors import InputError
from tests.faults.running import run

PRESETS = sorted(path.stem for path in (CONF / "launcher").glob("*.yaml"))
# Hydra finds launchers in the namespace package hydra_plugins; where none is installed that is empty.
WITHOUT_PLUGINS = (
    "import sys, runpy, hydra_plugins; hydra_plugins.__path__ = []; sys.argv[0] = 'harness';"
    "runpy.run_module('harness', run_name='__main__')"
)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_changes_no_job(name: str) -> None:
    """A launcher in a job's settings would make other runs of the same texts."""
    here = compose_sweep(parse_arguments(["seed=1,2"]))
    there = compose_sweep(parse_arguments(["seed=1,2", f"launcher={name}"]))
    assert there.jobs == here.jobs
    assert there.launcher.is_here == (name == "basic")
    assert here.launcher.is_here


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["launcher=nope"], "Available options in 'launcher': basic"),
        (["launcher=joblib", "launcher.workers=0"], "launcher.workers=0: must be 1 or above"),
        (["launcher=joblib", "launcher.workers=two"], "launcher.workers"),
        (["launcher.workers=2"], "take launcher=joblib"),
        (["launcher=basic,joblib"], "choose one on the command line"),
    ],
)
def test_what_cannot_be_launched_is_one_line(argv: list[str], says: str) -> None:
    with pytest.raises(InputError) as caught:
        compose_sweep(parse_arguments(argv))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("task", ["bias_oracle", "profile_and_ban"])
def test_a_task_of_one_process_takes_no_launcher(task: str, tmp_path: Path) -> None:
    """It would run here, and not say that nobody helped."""
    code, _, said = run(tmp_path, f"+experiment={task}", "launcher=joblib")
    assert (code, said.count("\n")) == (2, 1)
    assert "runs in one process; leave it out" in said
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "extra"),
    [("joblib", "launchers"), ("submitit_local", "launchers"), ("slurm", "launchers"), ("ray", "ray")],
)
def test_a_launcher_that_is_not_installed_names_its_extra(name: str, extra: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_PLUGINS, f"launcher={name}", f"runs_dir={tmp_path / 'runs'}"]
    done = subprocess.run(command, cwd=CONF.parent, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"pip install 'backtrack-harness[{extra}]'" in done.stderr
    assert not any(tmp_path.iterdir())
