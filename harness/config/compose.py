"""From a command line to the configuration of every job of its sweep, with Hydra's own composition.

Hydra validates a sweep only while it runs it; here all of it is known before anything is written. The sweeper's way
of splitting `a,b` and the argument parser live in `hydra._internal`: hydra-core is pinned below 1.4 for that reason,
and tests compare what is planned here with what Hydra launches.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from hydra import initialize_config_dir
from hydra._internal.callbacks import Callbacks
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.hydra import Hydra
from hydra._internal.utils import get_args_parser
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.errors import HydraException, MissingConfigException
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from harness.config.calls import refuse_calls, refuse_targets
from harness.config.launcher import Launcher, find_launcher, refuse_missing
from harness.config.shipped import shipped
from harness.errors import InputError
from harness.plugins.command import named_files, refuse_others, with_absolute
from harness.plugins.group import import_named, offer_missing

CONF = shipped("conf")
VERSION_BASE = "1.3"

Config = Mapping[str, Any]


class Sweep(NamedTuple):
    """What a command line asks for: the settings of each job, in the order Hydra launches them, and with what."""

    jobs: list[Config]
    launcher: Launcher


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """Hydra's flags and the overrides. Raise InputError for unknown flags."""

    def refuse(problem: str) -> NoReturn:
        raise InputError("command line", " ".join(argv), f"{problem}; python -m harness --help lists what there is")

    parser = get_args_parser()
    setattr(parser, parser.error.__name__, refuse)  # argparse would print its usage, and exit
    return parser.parse_args(argv)


def compose_jobs(arguments: argparse.Namespace) -> list[Config]:
    """The jobs of `compose_sweep`."""
    return compose_sweep(arguments).jobs


def compose_sweep(arguments: argparse.Namespace) -> Sweep:
    """The resolved configurations. Raise InputError, in one line, for whatever Hydra refuses."""
    try:
        with initialize_config_dir(str(CONF), version_base=VERSION_BASE):
            import_named(files := named_files(arguments.overrides))
            return _compose(*_asked(arguments), files)
    except InputError:
        raise
    except (HydraException, OmegaConfBaseException, YAMLError, ValueError, RecursionError) as error:
        said = _one_line(error)
        refuse_missing(said)
        raise InputError("command line", " ".join(arguments.overrides), said) from error


def launch_jobs(arguments: argparse.Namespace, job: Callable[[Config], None]) -> None:
    """Let Hydra call `job` for each configuration of `compose_sweep`.

    Raise what the first job raised. `hydra.main` would print that instead, as a traceback.
    """

    def task(config: DictConfig) -> None:
        job(plain(config))

    name, overrides = _asked(arguments)
    with initialize_config_dir(str(CONF), version_base=VERSION_BASE), _already_checked():
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None
        one = hydra.get_mode(name, overrides) == RunMode.RUN and not arguments.multirun
        run, mode = (hydra.run, RunMode.RUN) if one else (hydra.multirun, RunMode.MULTIRUN)
        run(name, task, [*overrides, f"hydra.mode={mode.name}"], with_log_configuration=False)


def launch_some(
    arguments: argparse.Namespace, places: Sequence[int], job: Callable[[Config], None]
) -> list[Exception | None]:
    """Let Hydra's launcher call `job` in other processes for the configurations at `places` among `compose_sweep`'s.

    Returns what each raised. Raise what the launcher raises, which gives up when a worker dies.
    """

    def task(config: DictConfig) -> None:
        job(plain(config))

    name, overrides = _asked(arguments)
    with initialize_config_dir(str(CONF), version_base=VERSION_BASE):
        hydra = GlobalHydra.instance().hydra
        assert hydra is not None
        sweep = _load(hydra, name, overrides, RunMode.MULTIRUN)
        tasks = _tasks(hydra, sweep)
        context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks(sweep))
        launcher = Plugins.instance().instantiate_launcher(context, task, sweep)
        size = sweep.hydra.sweeper.get("max_batch_size") or len(places)
        batches = [places[start : start + size] for start in range(0, len(places), size)]
        ended = [launcher.launch([tasks[place] for place in batch], batch[0]) for batch in batches]
    return [_raised(one) for batch in ended for one in batch]


def _raised(ended: JobReturn) -> Exception | None:
    """Hydra's own way of asking writes to stderr."""
    raised = ended._return_value if ended.status == JobStatus.FAILED else None
    return raised if isinstance(raised, Exception) else None


def _asked(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """The primary configuration's name and all overrides."""
    overrides = with_absolute(arguments.overrides, named_files(arguments.overrides))
    return arguments.config_name or "config", [*overrides, *_search_path(arguments)]


def _compose(name: str, overrides: list[str], files: Sequence[Path]) -> Sweep:
    hydra = GlobalHydra.instance().hydra
    assert hydra is not None
    sweep = _load(hydra, name, overrides, RunMode.MULTIRUN)
    _refuse_stray_experiment(sweep)
    refuse_calls(sweep)
    fixed = list(sweep.hydra.overrides.hydra)
    launcher = find_launcher(sweep)
    tasks = _tasks(hydra, sweep)
    jobs = [_job(_load(hydra, name, fixed + task, RunMode.RUN), launcher) for task in tasks]
    for job in jobs:
        refuse_others(job, files)
    return Sweep(jobs, launcher)


def _tasks(hydra: Hydra, sweep: DictConfig) -> list[list[str]]:
    """What is said of each job beyond what is said of all."""
    return _split(hydra, sweep) if sweep.hydra.mode != RunMode.RUN else [list(sweep.hydra.overrides.task)]


def _job(config: DictConfig, launcher: Launcher) -> Config:
    refuse_calls(config)
    launcher.refuse_another(config)
    settings = plain(config)
    refuse_targets(settings)
    return settings


def _load(hydra: Hydra, name: str, overrides: list[str], mode: RunMode) -> DictConfig:
    """A strategy of an installed package is found as soon as a configuration asks for it."""
    try:
        return hydra.compose_config(name, overrides, run_mode=mode, from_shell=False, with_log_configuration=False)
    except MissingConfigException as missing:
        if not offer_missing(missing.missing_cfg_file):
            raise
    return _load(hydra, name, overrides, mode)


def _split(hydra: Hydra, sweep: DictConfig) -> list[list[str]]:
    sweeper = sweep.hydra.sweeper
    if not str(sweeper._target_).endswith(".BasicSweeper"):
        raise InputError("hydra/sweeper", sweeper._target_, "only Hydra's basic sweeper can be planned; leave it out")
    arguments = [f"{key}={_sweep_values(key, value)}" for key, value in (sweeper.params or {}).items()]
    parser = OverridesParser.create(config_loader=hydra.config_loader)
    parsed = parser.parse_overrides([*arguments, *sweep.hydra.overrides.task])
    return [task for batch in BasicSweeper.split_arguments(parsed, None) for task in batch]


@contextmanager
def _already_checked() -> Iterator[None]:
    """Hydra composes every job twice: before the first one runs, to find what planning has found, and to run it.

    Within, only to run it: a third of what a sweep of a thousand small jobs spends on its configurations.
    """
    check = Sweeper.validate_batch_is_legal
    setattr(Sweeper, check.__name__, lambda sweeper, batch: None)
    try:
        yield
    finally:
        setattr(Sweeper, check.__name__, check)


def _sweep_values(key: str, value: object) -> object:
    """Hydra would silently merge the configurations of a YAML list into one job."""
    if OmegaConf.is_list(value):
        raise InputError(f"hydra.sweeper.params.{key}", value, 'must be one text with commas, "a,b", not a YAML list')
    return value


def _refuse_stray_experiment(sweep: DictConfig) -> None:
    """Without its package line an experiment lands under its own key, and Hydra silently runs one plain job."""
    if "experiment" in sweep:
        choice = sweep.hydra.runtime.choices.get("experiment")
        raise InputError("experiment", choice, "the file must start with the line '# @package _global_'")


def plain(config: DictConfig) -> Config:
    """The job's settings as plain data, interpolations resolved. How it is launched is none of them."""
    config = OmegaConf.masked_copy(config, [str(key) for key in config if key not in ("hydra", "launcher")])
    plain = OmegaConf.to_container(config, resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def _search_path(arguments: argparse.Namespace) -> list[str]:
    folder = arguments.config_dir
    return [f"hydra.searchpath=[file://{Path(folder).resolve()}]"] if folder else []


def _one_line(error: Exception) -> str:
    """Hydra's message with its cause, less the list of folders it looked in."""
    said = [str(error), str(error.__cause__ or "")]
    return " ".join(" ".join(said).partition("Config search path:")[0].split())
