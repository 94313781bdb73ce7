"""What is planned is what Hydra launches, and Hydra's silent traps are errors here."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.plugins.sweeper import Sweeper
from omegaconf import DictConfig

from harness.config.compose import CONF, compose_jobs, launch_jobs, parse_arguments
from harness.config.reading import from_config
from harness.errors import InputError
from harness.planning.arm import build_strategy
from strategies import REGISTRY, AntiSlop

EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))


@pytest.fixture
def launched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Launches a command line with Hydra and gives the configuration of each job as Hydra composed it."""

    def launch(*argv: str) -> list[Mapping[str, Any]]:
        seen: list[Mapping[str, Any]] = []
        monkeypatch.chdir(tmp_path)
        launch_jobs(parse_arguments(list(argv)), seen.append)
        return seen

    return launch


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("+experiment=antislop_sweep",),
        ("+experiment=antislop_sweep", "model=inkling_2m", "decoding.top_k=5"),
        ("+experiment=antislop_sweep", "strategy=plain", "~hydra.sweeper.params.model"),
        ("strategy=plain,antislop", "seed=range(2)", "decoding.temperature=0.5,1"),
        ("-m", "strategy=glob(*)"),
        ("hydra.mode=RUN", "seed=3"),
        ("stop=['x, y','z=1']", "phrases='my list.txt','other.txt'"),
    ],
)
def test_planned_jobs_are_hydras_jobs_in_hydras_order(argv: tuple[str, ...], launched: Any) -> None:
    assert compose_jobs(parse_arguments(list(argv))) == launched(*argv)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_composes_into_valid_jobs(name: str) -> None:
    """T2: without its first line an experiment would silently run one plain job."""
    assert (CONF / "experiment" / f"{name}.yaml").read_text().startswith("# @package _global_\n")
    jobs = [from_config(config) for config in compose_jobs(parse_arguments([f"+experiment={name}"]))]
    assert len(jobs) > 1
    assert {job.experiment_name for job in jobs} == {name}


def test_the_default_sweep_has_three_axes_and_loads_each_model_once() -> None:
    """Issue 2, point 7: 2 models × strategies × temperatures; model changes slowest."""
    jobs = [from_config(config) for config in compose_jobs(parse_arguments(["+experiment=antislop_sweep"]))]
    models = [job.model.name for job in jobs]
    arms = {(job.strategy.name, job.decoding.temperature) for job in jobs}
    assert [model for model, _ in groupby(models)] == ["inkling_2m", "inkling_500k"]
    assert arms == {(name, t) for name in ("plain", "token_ban", "bad_words", "antislop") for t in (0.7, 1.0)}
    bans = {job.strategy.options["ban"] for job in jobs if job.strategy.name == "antislop"}
    assert bans == {"hard", "soft", "tilt", "none"}


def _conf_with(folder: Path, experiment: str) -> list[str]:
    (folder / "experiment").mkdir(parents=True)
    (folder / "experiment" / "mine.yaml").write_text(experiment)
    return ["--config-dir", str(folder), "+experiment=mine"]


def test_a_missing_package_line_is_an_error(tmp_path: Path) -> None:
    argv = _conf_with(tmp_path, "hydra:\n  sweeper:\n    params:\n      seed: 1,2\n")
    with pytest.raises(InputError, match="@package _global_"):
        compose_jobs(parse_arguments(argv))


def test_a_yaml_list_of_sweep_values_is_an_error(tmp_path: Path) -> None:
    """T3: Hydra merges the listed choices into one job, and the last wins."""
    text = "# @package _global_\nhydra:\n  sweeper:\n    params:\n      strategy: [plain, antislop]\n"
    with pytest.raises(InputError, match="YAML list"):
        compose_jobs(parse_arguments(_conf_with(tmp_path, text)))


def test_a_users_own_folder_of_experiments_is_found(tmp_path: Path, launched: Any) -> None:
    text = "# @package _global_\nhydra:\n  sweeper:\n    params:\n      seed: 1,2\n"
    argv = _conf_with(tmp_path / "conf", text)
    assert [config["seed"] for config in compose_jobs(parse_arguments(argv))] == [1, 2]
    assert compose_jobs(parse_arguments(argv)) == launched(*argv)


PRESETS = sorted(
    path.relative_to(CONF / "strategy").with_suffix("").as_posix() for path in CONF.glob("strategy/*/*.yaml")
)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_says_only_what_it_changes(name: str) -> None:
    """A preset extends its strategy's YAML, so a default can not be forgotten in one of them."""
    (preset,), (base,) = (
        [*compose_jobs(parse_arguments([f"strategy={choice}"]))] for choice in (name, Path(name).parts[0])
    )
    assert preset["strategy"].keys() == base["strategy"].keys()
    assert preset["strategy"] != base["strategy"]
    assert isinstance(build_strategy(from_config(preset).strategy, {"phrases": ["a"], "regexes": []}), AntiSlop)


def _required(kind: Callable[..., Any]) -> set[str]:
    return {p.name for p in inspect.signature(kind).parameters.values() if p.default is p.empty}


@pytest.mark.parametrize("name", REGISTRY)
def test_every_strategy_is_offered_with_the_defaults_it_has(name: str) -> None:
    """The YAML is what people read; a default that differs from the constructor's would be a second truth.

    Where the constructor has none, the YAML gives an example.
    """
    from harness.planning.arm import changed_options, resolved_options
    from harness.plugins.constructor import INNER, PARTS

    (config,) = compose_jobs(parse_arguments([f"strategy={name}"]))
    strategy = from_config(config).strategy
    assert strategy.name == name
    examples = {INNER, PARTS, *_required(REGISTRY[name])}
    assert not changed_options(strategy).keys() - examples
    assert set(strategy.options) == set(resolved_options(strategy))


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["strategy=nope"], "Available options in 'strategy': adaptive_temperature antislop"),
        (["model=nope"], "inkling_2m"),
        (["dataset=nope"], "inkling_prompts"),
        (["+experiment=nope"], "antislop_sweep"),
        (["temprature=1"], "temprature"),
        (["decoding.temprature=1"], "temprature"),
        (["decoding.temperature"], "decoding.temperature"),
        (["strategy=plain,"], "strategy=plain,"),
        (["seed=interval(0,1)"], "interval"),
        (["hydra/sweeper=nope"], "nope"),
    ],
)
def test_what_hydra_refuses_is_one_line(argv: list[str], says: str) -> None:
    with pytest.raises(InputError) as caught:
        compose_jobs(parse_arguments(argv))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_hydra_composes_a_planned_job_once_more_only(launched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own check of the whole sweep would cost a thousand jobs a minute, for what planning has found."""
    composed: list[list[str]] = []
    load, check = ConfigLoaderImpl.load_sweep_config, Sweeper.validate_batch_is_legal

    def counting(self: ConfigLoaderImpl, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        composed.append(sweep_overrides)
        return load(self, master_config, sweep_overrides)

    monkeypatch.setattr(ConfigLoaderImpl, "load_sweep_config", counting)
    assert [config["seed"] for config in launched("seed=1,2,3")] == [1, 2, 3]
    assert composed == [["seed=1"], ["seed=2"], ["seed=3"]]
    assert Sweeper.validate_batch_is_legal is check
