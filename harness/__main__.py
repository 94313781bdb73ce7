"""python -m harness: plan the whole sweep, then let Hydra launch it, then close it.

Exit codes: 0 done, 1 some job failed, the disk or the memory is full, 2 wrong input, 130 interrupted, 143 terminated.
Torch, MLflow and the like are imported only when something is to be planned, so that --help and --cfg answer at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import hydra

from harness.config.compose import CONF, VERSION_BASE, Config, Sweep, compose_sweep, launch_jobs, parse_arguments
from harness.errors import InputError, one_line
from harness.interruption import exit_code, said_of, terminable
from harness.plugins.command import named_files
from harness.plugins.group import offer_names
from harness.terminal import saying
from harness.unread import outlive_readers

if TYPE_CHECKING:
    from harness.planning.plan import Plan
    from harness.progress import Progress

WRONG_INPUT = 2


def main() -> int:
    """Run the command line in `sys.argv`; returns the exit code."""
    outlive_readers()
    try:
        if sys.argv[1:2] == ["list"]:
            return _list(sys.argv[2:])
        arguments = parse_arguments(sys.argv[1:])
        if arguments.shell_completion:
            return _ask_hydra([])
        with saying("planning"):
            sweep = compose_sweep(arguments)
        if _only_asks(arguments):
            return _ask_hydra(named_files(arguments.overrides))
        with terminable():
            return _run(arguments, sweep)
    except InputError as error:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        print(f"error: {error}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt as interruption:
        print(said_of(interruption), file=sys.stderr)
        return exit_code(interruption)


def _list(arguments: list[str]) -> int:
    from harness.listing import list_what

    print(list_what(arguments))
    return 0


def _only_asks(arguments: argparse.Namespace) -> bool:
    return bool(arguments.help or arguments.hydra_help or arguments.cfg or arguments.info is not None)


def _ask_hydra(files: Sequence[Path]) -> int:
    offer_names(files)
    hydra.main(version_base=VERSION_BASE, config_path=str(CONF), config_name="config")(lambda config: None)()
    return 0


def _run(arguments: argparse.Namespace, sweep: Sweep) -> int:
    for task, run in {"law": _laws, "profile_and_ban": _profile_and_ban}.items():
        if any(config.get("task") == task for config in sweep.jobs):
            if not sweep.launcher.is_here:
                raise InputError("launcher", sweep.launcher.kind, f"task={task} runs in one process; leave it out")
            return run(sweep.jobs)
    return _run_sweep(arguments, sweep)


def _laws(configs: list[Config]) -> int:
    from harness.oracle.conduct import conduct_laws

    return conduct_laws(configs)


def _profile_and_ban(configs: list[Config]) -> int:
    from harness.profile.conduct import profile_and_ban

    return profile_and_ban(configs)


def _run_sweep(arguments: argparse.Namespace, sweep: Sweep) -> int:
    with saying("planning"):
        from harness.planning.dry_run import describe_plan
        from harness.planning.plan import make_plan

        plan = make_plan(sweep.jobs)
    if plan.settings.dry_run:
        print(describe_plan(plan))
        return 0
    return _conduct(arguments, sweep, plan)


def _conduct(arguments: argparse.Namespace, sweep: Sweep, plan: Plan) -> int:
    from harness.progress import open_progress
    from harness.sweep import conduct

    launch = _launch_here if sweep.launcher.is_here else _launch_elsewhere

    def run() -> None:
        with open_progress(plan) as progress:
            try:
                launch(arguments, sweep, plan, progress)
            except Exception as error:  # the jobs' folders say what is missing, and the rest is still reported
                print(one_line(f"error: {type(error).__name__}: {error}"), file=sys.stderr)

    return conduct(plan, run)


def _launch_here(arguments: argparse.Namespace, sweep: Sweep, plan: Plan, progress: Progress) -> None:
    from harness.running.runner import run_job

    launch_jobs(arguments, lambda config: run_job(plan.job_of(config), progress))


def _launch_elsewhere(arguments: argparse.Namespace, sweep: Sweep, plan: Plan, progress: Progress) -> None:
    from harness.launch.elsewhere import launch_elsewhere

    launch_elsewhere(arguments, sweep, plan, progress)


def command() -> NoReturn:
    """`main` as a process, which is ending: a Ctrl-C too many would only print how far Python is with that."""
    code = main()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


if __name__ == "__main__":
    command()
