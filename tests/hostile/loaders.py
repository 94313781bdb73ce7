"""Every reader of a file that somebody else may have written, by name: path → value. What a corpus file's name says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.config.settings import DatasetSettings, ModelSettings
from harness.errors import InputError, one_line
from harness.frames import load
from harness.inputs.phrases import load_phrases
from harness.inputs.prompts import load_prompts
from harness.inputs.regexes import load_regexes
from harness.oracle.record import from_record
from harness.oracle.tiny import load as load_tiny
from harness.planning.readers import open_reader
from harness.planning.weights import locate
from harness.profile.baseline import load_baseline
from harness.profile.corpus import read_corpus
from harness.report.sweep_data import read_sweep
from harness.scoring.job import score_job
from harness.scoring.reference import read_reference
from harness.store.jobfolder import JobFolder
from harness.store.records import read_samples
from harness.store.schema import read_record
from harness.store.timing import read_timing
from harness.texts import read_texts


def _prompts(path: Path) -> object:
    return load_prompts(DatasetSettings("file", path=str(path)))


def _prompts_with_ids(path: Path) -> object:
    return load_prompts(DatasetSettings("file", path=str(path), id_column="id"))


def _conversations(path: Path) -> object:
    return load_prompts(DatasetSettings("file", path=str(path), messages_column="messages", chat_template=True))


def _gguf(path: Path) -> object:
    model = ModelSettings("llamacpp", path=str(path))
    return open_reader(model, locate(model))


# Named as the program names them: `run` files lie in a job's folder of their own.
LOADERS: dict[str, Callable[[Path], object]] = {
    "prompts": _prompts,
    "prompts_with_ids": _prompts_with_ids,
    "conversations": _conversations,
    "phrases": lambda path: load_phrases(str(path)),
    "regexes": lambda path: load_regexes(str(path)),
    "texts": lambda path: read_texts(path, "output"),
    "corpus": lambda path: read_corpus(path, "texts"),
    "baseline": lambda path: load_baseline(str(path)),
    "tiny": lambda path: load_tiny(str(path)),
    "samples": read_samples,
    "status": lambda path: JobFolder(path.parent).read_status(),
    "scores": lambda path: (JobFolder(path.parent).read_scores(), load(path.parent)),
    "config": lambda path: (JobFolder(path.parent).read_config(), score_job(path.parent)),
    "timing": read_timing,
    "provenance": lambda path: JobFolder(path.parent).read_provenance(),
    "reference": lambda path: read_reference(path.parent),
    "law": lambda path: from_record(read_record(path)),
    "sweep": lambda path: read_sweep(path.parent),
    "gguf": _gguf,
}
# What a reader expects its file to be called.
NAMES = {
    "samples": "samples.jsonl",
    "status": "status.json",
    "scores": "scores.json",
    "config": "config.yaml",
    "timing": "timing.json",
    "provenance": "provenance.json",
    "reference": "reference.json",
    "law": "law.json",
    "sweep": "sweep.json",
}


def read(loader: str, path: Path) -> str | None:
    """What the reader says against the file; None where it takes it. Anything but one line of an error is a fault."""
    try:
        LOADERS[loader](path)
    except Exception as error:
        if type(error) not in (InputError, ValueError, FileNotFoundError):
            raise
        return one_line(error)
    return None
