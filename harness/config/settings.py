"""The settings of one job: frozen values, which `reading.py` makes of a composed configuration and `checks.py` judges.

The fields mirror the keys of `conf/`: `decoding.temperature` on the command line is `settings.decoding.temperature`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.uri import without_password


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
    """Where the prompts come from and how a row becomes one (harness/inputs/prompts.py says what each key does)."""

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
