"""Where a model lies and which one it is. Nothing is loaded here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.config.settings import ModelSettings
from harness.config.shipped import DATA
from harness.errors import InputError
from harness.inputs.hub import commit_of
from harness.paths import is_dir, is_file, user_path
from harness.store.digests import digest_file, digest_files, digest_text

EMBEDDED = DATA

# What decides the numbers a folder computes, and what decides the ids it reads.
WEIGHT_FILES = ("*.safetensors", "config.json", "generation_config.json")
TOKENIZER_FILES = (
    "tokenizer*.json",
    "tokenizer.model",
    "vocab.*",
    "merges.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template*",
)


@dataclass(frozen=True)
class ModelSource:
    """A model found: `location` is a folder, a GGUF file or a hub id; the digests say which weights and tokenizer."""

    label: str
    location: str
    revision: str | None
    weights: str
    tokenizer: str

    @property
    def embedded(self) -> bool:
        return Path(self.location).parent == EMBEDDED


def locate(model: ModelSettings) -> ModelSource:
    """Find the model. Raise InputError when there is no such folder, file or hub id."""
    if model.backend == "llamacpp":
        return _gguf(model)
    name = str(model.name)
    embedded = EMBEDDED / name
    if embedded.parent == EMBEDDED and is_file(embedded / "config.json"):
        return _folder(name, embedded)
    folder = user_path(name)
    if is_dir(folder):
        return _folder(folder.resolve().name, folder)
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise InputError("model.name", name, "no such folder; give a model's folder or a hub id like OWNER/NAME")
    return _hub(name, model.revision)


def _folder(label: str, folder: Path) -> ModelSource:
    weights = _matching(folder, WEIGHT_FILES)
    if not (folder / "config.json").is_file() or not any(path.suffix == ".safetensors" for path in weights):
        raise InputError("model.name", str(folder), "needs config.json and *.safetensors; save the model there")
    for path in weights:
        if path.suffix == ".safetensors":
            _check_safetensors(path)
    tokenizer = digest_files(_matching(folder, TOKENIZER_FILES))
    return ModelSource(label, str(folder.resolve()), None, digest_files(weights), tokenizer)


def _check_safetensors(path: Path) -> None:
    """Raise InputError for a file that is cut short or lies about its sizes, read from its header alone."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):
            pass
    except (SafetensorError, OSError) as error:
        raise InputError("model.name", str(path), f"is no whole safetensors file ({error}); fetch it again") from None


def _matching(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    return sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})


def _gguf(model: ModelSettings) -> ModelSource:
    embedded = EMBEDDED / str(model.path)
    path = embedded if embedded.parent == EMBEDDED and is_file(embedded) else user_path(str(model.path))
    if not is_file(path):
        raise InputError("model.path", model.path, "no such file; give a GGUF file")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise InputError("model.path", model.path, "is not a GGUF file; convert the model with llama.cpp's tools")
    digest = digest_file(path)
    return ModelSource(model.name or path.stem, str(path.resolve()), None, digest, digest)


def _hub(name: str, revision: str | None) -> ModelSource:
    try:
        commit = commit_of("model", name, revision)
    except LookupError as error:
        problem = f"is no embedded model and no folder, and {error}; give a folder or check id and network"
        raise InputError("model.name", name, problem) from None
    digest = digest_text(f"hub:{name}@{commit}")
    return ModelSource(name, name, commit, digest, digest)
