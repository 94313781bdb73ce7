"""What no job could run with: one line that names the first such field, its value and the way out."""

from __future__ import annotations

import math
import re
from importlib.util import find_spec

from harness.config.settings import (
    DatasetSettings,
    DecodingSettings,
    ModelSettings,
    OracleSettings,
    Settings,
    TrackingSettings,
)
from harness.errors import InputError
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
