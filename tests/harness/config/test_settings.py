"""Settings: each wrong value is one line that names field, value and way out."""

from __future__ import annotations

from typing import Any

import pytest

from harness.config.compose import compose_jobs, parse_arguments
from harness.config.reading import from_config
from harness.config.settings import Settings
from harness.errors import InputError
from harness.statistics.equivalence import MARGINS


def _settings(*overrides: str) -> Settings:
    (config,) = compose_jobs(parse_arguments(list(overrides)))
    return from_config(config)


def test_the_record_of_the_settings_builds_them_again() -> None:
    """config.yaml must be a configuration, not a description of one."""
    settings = _settings("strategy=antislop", "stop=[END]", "max_draws=300")
    assert from_config(settings.as_config()) == settings


def test_a_whole_number_is_a_number_but_a_fraction_is_no_count() -> None:
    assert _settings("decoding.temperature=1").decoding.temperature == 1.0
    with pytest.raises(InputError, match=r"seed=1\.5: must be a whole number"):
        _settings("seed=1.5")


@pytest.mark.parametrize(
    ("overrides", "margins"),
    [
        ([], {"fluency.logprob_per_token": 0.05}),
        (["margins.fluency.logprob_per_token=1"], {"fluency.logprob_per_token": 1.0}),
        (["margins.fluency.logprob_per_token=null"], {}),
        (
            ["+margins={diversity.mattr_50:0.02}"],
            {"fluency.logprob_per_token": 0.05, "diversity.mattr_50": 0.02},
        ),
        (
            ["+margins.diversity.mattr_50=0.02"],
            {"fluency.logprob_per_token": 0.05, "diversity.mattr_50": 0.02},
        ),
    ],
)
def test_margins_are_stated_by_metric_in_groups_or_by_dotted_names(
    overrides: list[str], margins: dict[str, float]
) -> None:
    assert _settings(*overrides).margins == margins


def test_the_default_margins_are_those_of_older_sweeps() -> None:
    """A report built again of a sweep that states none must say what it said."""
    assert _settings().margins == MARGINS


@pytest.mark.parametrize("uri", ["null", "sqlite:////tmp/m.db", "postgresql+psycopg2://h/d", "http://h:5000", "mlruns"])
def test_what_mlflow_can_write_to_is_let_through(uri: str) -> None:
    assert str(_settings(f"tracking.uri={uri}").tracking.uri) == uri.replace("null", "None")


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda", "cuda:1", "mps", "xpu:0"])
def test_devices_are_named_as_torch_names_them(device: str) -> None:
    assert _settings(f"model.device={device}").model.device == device


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("decoding.temperature=-0.1", "decoding.temperature=-0.1"),
        ("decoding.temperature=nan", "decoding.temperature=nan"),
        ("decoding.temperature=warm", "decoding.temperature='warm': must be a number"),
        ("decoding.top_p=0", "decoding.top_p=0.0: must lie in (0, 1]"),
        ("decoding.top_p=1.01", "decoding.top_p=1.01"),
        ("decoding.min_p=2", "decoding.min_p=2.0"),
        ("decoding.top_k=-1", "decoding.top_k=-1"),
        ("decoding.max_new_tokens=0", "decoding.max_new_tokens=0"),
        ("repeats=0", "repeats=0"),
        ("repeats=true", "repeats=True: must be a whole number, not true or false"),
        ("repeats=null", "repeats=None"),
        ("seed=-1", "seed=-1"),
        ("batch_size=0", "batch_size=0"),
        ("max_draws=0", "max_draws=0"),
        ("stop=END", "stop='END': must be a list"),
        ("stop=['']", "stop"),
        ("stop=[1]", "stop[0]=1: must be a text"),
        ("dataset.limit=0", "dataset.limit=0"),
        ("dataset.template=Tell", "dataset.template='Tell'"),
        ("dataset=file", "dataset.path=None"),
        ("dataset=hub", "dataset.id=None"),
        ("model=hf", "model.name=None"),
        ("model=gguf", "model.path=None"),
        ("model.dtype=int8", "model.dtype='int8'"),
        ("+model.kv_type=f8", "model.kv_type='f8': must be one of f32, f16, bf16, q8_0"),
        ("+model.n_batch=0", "model.n_batch=0"),
        ("+model.gpu_layers=-1", "model.gpu_layers=-1"),
        ("+model.colour=red", "model.colour='red': no such setting; there are backend"),
        ("experiment_name=a/b", "experiment_name='a/b'"),
        ("tracking.kind=wandb", "tracking.kind='wandb'"),
        ("tracking.uri=ftp://x", "tracking.uri='ftp://x': must start with one of sqlite://"),
        ("model.device=tpu", "model.device='tpu': must be auto, cpu, mps, cuda or xpu"),
        ("model.device=cuda:x", "model.device='cuda:x'"),
        ("margins.fluency.logprob_per_token=0", "margins.fluency.logprob_per_token=0.0: must be above 0"),
        ("margins.fluency.logprob_per_token=wide", "margins.fluency.logprob_per_token='wide': must be a number"),
        ("margins=0.1", "margins=0.1: must be a group of settings"),
        ("strategy=null", "strategy=null"),
        ("~strategy", "strategy=None"),
    ],
)
def test_a_wrong_value_is_named(override: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        _settings(override)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_setting_is_named() -> None:
    config: dict[str, Any] = _settings().as_config()
    del config["seed"]
    with pytest.raises(InputError, match="seed=None: is missing"):
        from_config(config)
