"""`+experiment=bias_oracle` into a real database: every finite number is a metric, and what is none says why."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from mlflow import MlflowClient
from mlflow.entities import Run

from harness.__main__ import main
from harness.config.compose import compose_jobs, parse_arguments
from harness.oracle.fidelity import Fidelity
from harness.oracle.plan import make_law_plan
from harness.track import main as track
from harness.tracking.laws import UNDEFINED
from tests.harness.tracking.server import held, written

ARMS = "oracle.arms=[{name:plain},{name:antislop,ban:none,rewind_to:token},{name:antislop,ban:soft,strength:0.1}]"
MODELS = "oracle.model=single_site,dominant_name"
EXPERIMENT = "bias_oracle"


Oracle = Callable[..., int]


def command(folder: Path, uri: str) -> Iterator[Oracle]:
    """The command line with these models and arms, run in this process and folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)

        def run(*arguments: str) -> int:
            tracked = f"tracking.uri={uri}"
            patch.setattr(sys, "argv", ["harness", "+experiment=bias_oracle", MODELS, ARMS, tracked, *arguments])
            return main()

        yield run


@pytest.fixture
def oracle(tmp_path: Path, uri: str) -> Iterator[Oracle]:
    yield from command(tmp_path, uri)


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[str]:
    """The address of a store that one sweep was logged to; its folder is the current one."""
    folder = tmp_path_factory.mktemp("laws")
    shutil.copy(empty_database, folder / "mlflow.db")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    for run in command(folder, uri):
        assert run("oracle.max_places=2500") == 0
        yield uri


def runs(uri: str) -> dict[tuple[str, str], Run]:
    """Model and label → the run of that law."""
    client = MlflowClient(uri)
    found = client.search_runs([client.get_experiment_by_name(EXPERIMENT).experiment_id])
    return {(run.data.tags["model"], run.data.tags["label"]): run for run in found if "job_id" in run.data.tags}


def law(uri: str, run: Run) -> dict[str, Any]:
    path = Path(uri.removeprefix("sqlite:///")).parent / "runs" / EXPERIMENT / run.data.tags["job_id"] / "law.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_every_finite_number_is_a_metric(logged: str) -> None:
    found = runs(logged)
    assert len(found) == 6
    for run in found.values():
        numbers = {f"law.{name}": value for name, value in law(logged, run).items() if name != "schema"}
        finite = {name: value for name, value in numbers.items() if isinstance(value, int | float)}
        assert run.data.metrics == finite
        assert set(numbers) - set(finite) == {tag for tag in run.data.tags if tag.startswith("law.")}


def test_an_infinity_is_no_metric_and_says_why(logged: str) -> None:
    """MLflow stores 1.797e308 for it, and every chart of the number is spoilt."""
    plain = runs(logged)["single_site", "plain"]
    assert law(logged, plain)["kl_from_exact"] == "inf"
    assert plain.data.tags["law.kl_from_exact"] == "infinite: it writes texts that the exact law cannot write"
    assert all(math.isfinite(value) and abs(value) < 1e300 for value in plain.data.metrics.values())
    assert "| kl_from_exact | inf |" in plain.data.tags["mlflow.note.content"]


def test_whatever_may_be_undefined_has_a_reason() -> None:
    hints = get_type_hints(Fidelity)
    optional = {field.name for field in fields(Fidelity) if type(None) in get_args(hints[field.name])}
    assert set(UNDEFINED) == optional


def test_a_run_has_the_laws_settings_and_no_others(logged: str) -> None:
    """A law has no decoding and no dataset; those of the configuration would be about something else."""
    params = runs(logged)["single_site", "antislop ban=soft strength=0.1"].data.params
    assert params["model"] == "single_site"
    assert (params["strategy.name"], params["strategy.ban"], params["strategy.strength"]) == ("antislop", "soft", "0.1")
    assert params["strategy.rewind_to"] == "phrase"
    assert (params["tolerance"], params["max_places"], params["task"]) == ("1e-12", "2500", "law")
    assert not [name for name in params if name.startswith(("decoding", "dataset", "tracking", "seed", "arms"))]


def test_files_and_report_lie_with_their_runs(logged: str) -> None:
    stored = held(logged, EXPERIMENT).values()
    parent = next(run for run in stored if "job_id" not in run["tags"])
    assert {name for name, _ in parent["artifacts"]} == {
        "sweep.json",
        "table.md",
        "table.tex",
        "table.csv",
        "fidelity_against_cost.png",
        "fidelity_against_cost.pdf",
    }
    assert parent["params"]["models"] == "single_site, dominant_name"
    assert "exact laws" in parent["tags"]["mlflow.note.content"]
    child = next(run for run in stored if "job_id" in run["tags"])
    assert [name for name, _ in child["artifacts"]] == [
        *("config.yaml", "law.json", "model_card.md", "provenance.json", "strategy_card.md"),
    ]


def test_the_same_command_logs_nothing_twice_and_what_is_missing(oracle: Oracle, uri: str, tmp_path: Path) -> None:
    assert oracle() == 0
    before = {name: run.data.to_dictionary() for name, run in runs(uri).items()}
    files = written(tmp_path / "store/mlartifacts")
    gone = runs(uri)["single_site", "plain"]
    MlflowClient(uri).delete_run(gone.info.run_id)
    assert oracle() == 0
    assert {name: run.data.to_dictionary() for name, run in runs(uri).items()} == before
    assert files.items() <= written(tmp_path / "store/mlartifacts").items()
    histories = [run["metrics"] for run in held(uri, EXPERIMENT).values()]
    assert all(len(points) == 1 for metrics in histories for points in metrics.values())


def test_config_yaml_gives_the_same_law_again(logged: str) -> None:
    """It is resolved: with every option, and with the word rule that the model brings."""
    (whole,) = compose_jobs(parse_arguments(["+experiment=bias_oracle", "oracle.model=single_site"]))
    for folder in (Path(logged.removeprefix("sqlite:///")).parent / "runs" / EXPERIMENT).iterdir():
        settings = yaml.safe_load((folder / "config.yaml").read_text())
        assert [cell.id for cell in make_law_plan([{**whole, **settings}]).cells] == [folder.name]


def test_a_law_that_failed_is_named_and_the_rest_is_logged(oracle: Oracle, uri: str, tmp_path: Path) -> None:
    assert oracle() == 0
    folder = next((tmp_path / "runs" / EXPERIMENT).iterdir())
    (folder / "law.json").unlink()
    (folder / "law.json").mkdir()
    assert oracle() == 1
    stored = held(uri, EXPERIMENT).values()
    parent = next(run for run in stored if "job_id" not in run["tags"])
    assert parent["tags"]["unfinished_jobs"] == folder.name
    assert parent["info"]["status"] == "FAILED"


def test_a_store_that_is_away_costs_a_law_sweep_one_line(
    oracle: Oracle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert oracle("tracking.uri=http://127.0.0.1:9") == 0
    said = capsys.readouterr()
    assert said.err.count("warning: tracking failed") == said.err.count("\n") == 1
    assert "| single_site | plain |" in said.out
    (table,) = tmp_path.glob("reports/bias_oracle/*/table.csv")
    assert f"python -m harness.track {table.parent.relative_to(tmp_path)}" in said.err


def test_a_law_of_an_older_folder_has_its_arm(oracle: Oracle, uri: str, tmp_path: Path) -> None:
    """The first version wrote no config.yaml for laws."""
    assert oracle("tracking=none") == 0
    for config in tmp_path.glob("runs/*/*/config.yaml"):
        config.unlink()
    (sweep,) = tmp_path.glob("reports/*/*/sweep.json")
    assert track([str(sweep.parent), "--uri", uri]) == 0
    assert runs(uri)["single_site", "antislop ban=soft strength=0.1"].data.params == {
        "arm": "soft 0.1 antislop",
        "model": "single_site",
        "strategy.name": "antislop",
        "strategy.ban": "soft",
        "strategy.strength": "0.1",
    }
