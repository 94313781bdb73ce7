"""python -m harness: plan the whole sweep, then let Hydra launch it, then close it.

Exit codes: 0 done, 1 some job failed or the disk is full, 2 wrong input, 130 interrupted, 143 terminated. Torch, MLflow
and the like are imported only when something is to be planned, so that --help and --cfg answer at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import hydra
from omegaconf import DictConfig

from harness.compose import CONF, VERSION_BASE, Config, already_checked, compose_jobs, parse_arguments, plain
from harness.errors import InputError
from harness.interruption import exit_code, said_of, terminable

if TYPE_CHECKING:
    from harness.plan import Plan

WRONG_INPUT = 2


def main() -> int:
    """Run the command line in `sys.argv`; returns the exit code."""
    arguments = parse_arguments(sys.argv[1:])
    try:
        if arguments.shell_completion:
            return _ask_hydra()
        configs = compose_jobs(arguments)
        if _only_asks(arguments):
            return _ask_hydra()
        with terminable():
            return _run(configs)
    except InputError as error:
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        print(f"error: {error}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt as interruption:
        print(said_of(interruption), file=sys.stderr)
        return exit_code(interruption)


def _only_asks(arguments: argparse.Namespace) -> bool:
    return bool(arguments.help or arguments.hydra_help or arguments.cfg or arguments.info is not None)


def _ask_hydra() -> int:
    _launch(lambda config: None)
    return 0


def _run(configs: list[Config]) -> int:
    if any(config.get("task") == "law" for config in configs):
        from harness.oracle.conduct import conduct_laws

        return conduct_laws(configs)
    if any(config.get("task") == "profile_and_ban" for config in configs):
        from harness.profile.conduct import profile_and_ban

        return profile_and_ban(configs)
    return _run_sweep(configs)


def _run_sweep(configs: list[Config]) -> int:
    from harness.dry_run import describe_plan
    from harness.plan import make_plan

    plan = make_plan(configs)
    if plan.settings.dry_run:
        print(describe_plan(plan))
        return 0
    return _conduct(plan)


def _conduct(plan: Plan) -> int:
    from harness.progress import open_progress
    from harness.runner import run_job
    from harness.sweep import conduct

    def launch() -> None:
        with open_progress(plan) as progress:
            _launch(lambda config: run_job(plan.job_of(config), progress))

    return conduct(plan, launch)


def _launch(job: Callable[[Config], None]) -> None:
    """Let Hydra read `sys.argv` again and call `job` for each configuration, here or wherever its launcher says."""

    def task(config: DictConfig) -> None:
        job(plain(config))

    with already_checked():
        hydra.main(version_base=VERSION_BASE, config_path=str(CONF), config_name="config")(task)()


if __name__ == "__main__":
    sys.exit(main())
