"""The settings of one job: frozen values, made from the composed Hydra configuration and checked once.

The fields mirror the keys of `conf/`: `decoding.temperature` on the command line is `settings.decoding.temperature`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from typing import Any

from harness.errors import InputError
from harness.typed import build, convert
from harness.uri import without_password

BACKENDS = ("transformers", "llamacpp")
SOURCES = ("embedded", "file", "hub")
TRACKERS = ("mlflow", "none")
TASKS = ("generate", "law", "profile_and_ban")
DTYPES = ("float64", "float32", "bfloat16", "float16")
# What transformers and torch know of; "cuda:1" is the second of its kind.
DEVICES = r"auto|cpu|mps|(?:cuda|xpu)(?::\d+)?"
DEVICE_MAPS = rf"{DEVICES}|balanced|balanced_low_0|sequential"  # how transformers lays one model over several
# What MLflow can write to; a database's driver may follow, postgresql+psycopg2. No scheme: a folder.
TRACKING_SCHEMES = ("sqlite", "postgresql", "mysql", "mssql", "http", "https", "file", "databricks")
KV_TYPES = ("f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0", "iq4_nl")


@dataclass(frozen=True)
class ModelSettings:
    """Where the weights are and how they compute.

    `name`: an embedded model, a folder, or a hub id (transformers); `path`: a GGUF file (llamacpp). The last four are
    llama.cpp's: tokens of a text, tokens of one decode, layers on the GPU, and what keys and values are stored as.
    """

    backend: str
    name: str | None = None
    path: str | None = None
    revision: str | None = None
    dtype: str | None = None
    device: str = "auto"
    device_map: str | None = None
    threads: int | None = None
    n_ctx: int = 2048
    n_batch: int = 512
    gpu_layers: int | None = None
    kv_type: str = "f16"

    @property
    def meaning(self) -> dict[str, Any]:
        """What of it decides the texts: how numbers are stored and, with llama.cpp, where a context ends."""
        cache = {"n_ctx": self.n_ctx, "kv_type": self.kv_type} if self.backend == "llamacpp" else {}
        return {"dtype": self.dtype, **cache}


@dataclass(frozen=True)
class StrategySettings:
    """A name that `plugins/registry.py` knows, and its constructor's arguments (but for phrases, regexes)."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DecodingSettings:
    """How a token is drawn, and at most how many are kept."""

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    max_new_tokens: int = 200


@dataclass(frozen=True)
class DatasetSettings:
    """Where the prompts come from and how a row becomes one (harness/prompts.py says what each key does)."""

    source: str
    name: str | None = None
    path: str | None = None
    id: str | None = None
    config: str | None = None
    revision: str | None = None
    split: str = "train"
    column: str = "prompt"
    id_column: str | None = None
    messages_column: str | None = None
    template: str | None = None
    chat_template: bool = False
    limit: int | None = None


@dataclass(frozen=True)
class TrackingSettings:
    """`kind` "mlflow" or "none"; `uri` null means sqlite:///<cwd>/mlflow.db."""

    kind: str = "none"
    uri: str | None = None


@dataclass(frozen=True)
class OracleSettings:
    """What `task: law` computes: the exact law of each of `arms` (strategies as in `strategy`) on one tiny model.

    At most `tolerance` of the mass is left unfinished, unless that takes more than `max_places` places.
    """

    model: str
    arms: tuple[Mapping[str, Any], ...]
    tolerance: float = 1e-12
    max_places: int = 4000


@dataclass(frozen=True)
class ProfileSettings:
    """What `task: profile_and_ban` takes for over-used (docs/PROFILE.md); `baseline`: embedded, a profile, or texts."""

    baseline: str = "inkling_plain"
    min_prompts: int = 3
    min_ratio: float = 3.0
    min_z: float = 1.5
    top: int = 200


@dataclass(frozen=True)
class Settings:
    """Everything a job needs to know.

    `margins`: metric → the largest difference to Plain that does not matter. `fail_on_error`: from how many failed
    texts on a job has failed, as a share of its texts (below 1) or a number (1 and above); None: from none. `imports`:
    files that define strategies.
    """

    experiment_name: str
    model: ModelSettings
    strategy: StrategySettings
    decoding: DecodingSettings
    dataset: DatasetSettings
    tracking: TrackingSettings
    phrases: str | None
    regexes: str | None
    heldout: str | None
    repeats: int
    seed: int
    batch_size: int
    max_draws: int | None
    stop: tuple[str, ...]
    runs_dir: str
    reports_dir: str
    primary_metrics: tuple[str, ...]
    scorers: tuple[str, ...]
    dry_run: bool
    margins: Mapping[str, float] = field(default_factory=dict)
    fail_on_error: float | None = 0.1
    task: str = "generate"
    oracle: OracleSettings | None = None
    profile: ProfileSettings = field(default_factory=ProfileSettings)
    imports: tuple[str, ...] = ()

    def as_config(self) -> dict[str, Any]:
        """The settings in the shape of the configuration they came from, without the password of an address."""
        config = asdict(self)
        config["tracking"]["uri"] = self.tracking.uri and without_password(self.tracking.uri)
        config["strategy"] = {"name": self.strategy.name, **self.strategy.options}
        config["stop"] = list(self.stop)
        config["imports"] = list(self.imports)
        config["primary_metrics"] = list(self.primary_metrics)
        if self.oracle is not None:
            config["oracle"]["arms"] = list(self.oracle.arms)
        config["scorers"] = list(self.scorers)
        return config


def from_config(config: Mapping[str, Any]) -> Settings:
    """Checked settings. Raise InputError for the first field that is missing, of a wrong type or out of range."""
    _refuse_endless(config, "")
    strategy = config.get("strategy")
    if not isinstance(strategy, Mapping) or "name" not in strategy:
        raise InputError("strategy", strategy, "must be one of the strategies that --help lists")
    options = {key: value for key, value in strategy.items() if key != "name"}
    whole = {**config, "strategy": {"name": strategy["name"], "options": options}}
    if isinstance(margins := config.get("margins"), Mapping):
        whole["margins"] = dict(_stated_margins(margins))
    settings = build(Settings, whole)
    validate(settings)
    return settings


def _stated_margins(margins: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """Metric → margin, from groups (`margins.fluency.logprob_per_token=0.1`) or dotted names; null states none."""
    for key, value in margins.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            yield from _stated_margins(value, name)
        elif value is not None:
            yield name, convert(float, value, f"margins.{name}")


def _refuse_endless(value: object, path: str) -> None:
    """No setting means anything as nan or inf, wherever it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _refuse_endless(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _refuse_endless(inner, f"{path}[{index}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise InputError(path, value, "is no finite number")


def validate(settings: Settings) -> None:
    """Raise InputError for the first value that no job could run with."""
    _validate_model(settings.model)
    _validate_decoding(settings.decoding)
    _validate_dataset(settings.dataset)
    validate_tracking(settings.tracking)
    _one_of("task", settings.task, TASKS)
    _validate_oracle(settings.task, settings.oracle)
    if not re.fullmatch(r"\w[\w.-]{0,59}", settings.experiment_name):
        raise InputError(
            "experiment_name", settings.experiment_name, "must be a folder name: letters, digits, . _ -; 60 at most"
        )
    _at_least("repeats", settings.repeats, 1)
    _at_least("seed", settings.seed, 0)
    _at_least("batch_size", settings.batch_size, 1)
    if settings.max_draws is not None:
        _at_least("max_draws", settings.max_draws, 1)
    _validate_limit(settings.fail_on_error)
    for metric, margin in settings.margins.items():
        if margin <= 0:
            raise InputError(f"margins.{metric}", margin, "must be above 0, in the metric's unit; null states none")
    if "" in settings.stop:
        raise InputError("stop", list(settings.stop), "an empty stop string would stop every text; remove it")


def _validate_limit(limit: float | None) -> None:
    if limit is not None and not (0 < limit < 1 or (limit >= 1 and limit == int(limit))):
        remedy = "must be a share between 0 and 1, a whole number of texts from 1 on, or null for never"
        raise InputError("fail_on_error", limit, remedy)


def _validate_model(model: ModelSettings) -> None:
    _one_of("model.backend", model.backend, BACKENDS)
    if not re.fullmatch(DEVICES, model.device):
        raise InputError("model.device", model.device, "must be auto, cpu, mps, cuda or xpu, or one by number, cuda:1")
    _validate_device_map(model)
    _at_least("model.n_ctx", model.n_ctx, 2)
    _at_least("model.n_batch", model.n_batch, 1)
    _one_of("model.kv_type", model.kv_type, KV_TYPES)
    if model.gpu_layers is not None:
        _at_least("model.gpu_layers", model.gpu_layers, 0)
    if model.threads is not None:
        _at_least("model.threads", model.threads, 1)
    if model.dtype is not None:
        _one_of("model.dtype", model.dtype, DTYPES)
    if model.backend == "transformers" and not model.name:
        raise InputError("model.name", model.name, "name a folder or a hub id, e.g. model.name=openai-community/gpt2")
    if model.backend == "llamacpp" and not model.path:
        raise InputError("model.path", model.path, "name a GGUF file, e.g. model.path=models/model.gguf")


def _validate_device_map(model: ModelSettings) -> None:
    if model.device_map is None:
        return
    if not re.fullmatch(DEVICE_MAPS, model.device_map):
        known = "auto, balanced, balanced_low_0, sequential, or a device"
        raise InputError("model.device_map", model.device_map, f"must be {known}; null = one device")
    if model.backend == "llamacpp":
        raise InputError("model.device_map", model.device_map, "llama.cpp takes all GPUs that it sees; leave it out")
    if model.device != "auto":
        raise InputError("model.device_map", model.device_map, f"model.device={model.device} says it too; leave it out")
    if find_spec("accelerate") is None:
        remedy = "needs accelerate: pip install 'backtrack-harness[several-devices]'"
        raise InputError("model.device_map", model.device_map, remedy)


def validate_tracking(tracking: TrackingSettings, field: str = "tracking.uri") -> None:
    """Raise InputError for a tracker or an address, under `field`, that no run could be logged to."""
    _one_of("tracking.kind", tracking.kind, TRACKERS)
    if tracking.uri == "":
        raise InputError(field, "", "is empty; give an address, or null for mlflow.db in the current folder")
    uri = tracking.uri or ""
    scheme, separator, _ = uri.partition("://")
    if separator and scheme.partition("+")[0] not in TRACKING_SCHEMES:
        known = ", ".join(f"{name}://" for name in TRACKING_SCHEMES)
        raise InputError(field, without_password(uri), f"must start with one of {known}; or set tracking=none")


def _validate_decoding(decoding: DecodingSettings) -> None:
    if not (math.isfinite(decoding.temperature) and decoding.temperature >= 0):
        raise InputError("decoding.temperature", decoding.temperature, "must be 0 (greedy) or above")
    _at_least("decoding.top_k", decoding.top_k, 0)
    if not 0 < decoding.top_p <= 1:
        raise InputError("decoding.top_p", decoding.top_p, "must lie in (0, 1]; 1 keeps every token")
    if not 0 <= decoding.min_p <= 1:
        raise InputError("decoding.min_p", decoding.min_p, "must lie in [0, 1]; 0 keeps every token")
    _at_least("decoding.max_new_tokens", decoding.max_new_tokens, 1)


def _validate_oracle(task: str, oracle: OracleSettings | None) -> None:
    if oracle is None:
        if task == "law":
            raise InputError("oracle", None, "task=law needs a model and arms, as +experiment=bias_oracle gives them")
        return
    if not oracle.arms:
        raise InputError("oracle.arms", [], "must hold a strategy, [{name: plain}]")
    if not 0 < oracle.tolerance < 1:
        raise InputError("oracle.tolerance", oracle.tolerance, "must lie in (0, 1), e.g. 1e-12")
    _at_least("oracle.max_places", oracle.max_places, 1)


def _validate_dataset(dataset: DatasetSettings) -> None:
    _one_of("dataset.source", dataset.source, SOURCES)
    needed = {"embedded": "name", "file": "path", "hub": "id"}[dataset.source]
    if not getattr(dataset, needed):
        raise InputError(f"dataset.{needed}", getattr(dataset, needed), f"a dataset from {dataset.source} needs it")
    if dataset.limit is not None:
        _at_least("dataset.limit", dataset.limit, 1)
    if dataset.template is not None and "{prompt}" not in dataset.template:
        raise InputError("dataset.template", dataset.template, "must hold {prompt}, where the row's text goes")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InputError(name, value, f"must be one of {', '.join(known)}")


def _at_least(name: str, value: int, low: int) -> None:
    if value < low:
        raise InputError(name, value, f"must be {low} or above")
