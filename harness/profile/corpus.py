"""Texts from anywhere: a job's folder, a sweep's, a JSONL or JSON file, a folder of .txt files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from harness.errors import InputError
from harness.parsing import parse_json
from harness.paths import is_dir, is_file
from harness.profile.pool import Entry, listed, name_of, pooled
from harness.scoring.per_prompt import finished
from harness.store.digests import digest_text
from harness.store.identity import canonical
from harness.store.jobfolder import JobFolder
from harness.store.sweep_file import job_folder, read_sweep_file

TEXT_FIELDS = ("output", "text", "story")
ID_FIELDS = ("prompt_id", "id", "prompt")
SHAPES = "a job's or a sweep's folder, a folder of .txt files, a .jsonl or .json file"


class Text(NamedTuple):
    """A text and the prompt it answers: the unit over which spread is counted."""

    prompt_id: str
    text: str


@dataclass(frozen=True)
class Corpus:
    """Texts and what they are called in tables; `pooled`: of several jobs, what sets those apart."""

    name: str
    texts: tuple[Text, ...]
    pooled: str | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the prompts' ids and the texts, in any order."""
        return digest_text(canonical(sorted(self.texts)))


def read_corpus(source: Path, field: str, job: str | None = None) -> Corpus:
    """All texts of `source`; `job` chooses among a sweep's jobs. Errors name the command line's `field`.

    Raise InputError when there is nothing to read.
    """
    if is_file(source):
        corpus = Corpus(source.stem, tuple(_of_file(source, field)))
    elif not is_dir(source):
        raise InputError(field, str(source), f"no such file or folder; give {SHAPES}")
    elif (source / "samples.jsonl").exists():
        corpus = Corpus(_name(source), read_job(source))
    elif (source / "sweep.json").exists():
        corpus = _of_jobs(source, _chosen(source, job))
    else:
        corpus = Corpus(source.resolve().name, tuple(_of_folder(source, field)))
    if not corpus.texts:
        raise InputError(field, str(source), f"holds no texts; give {SHAPES}")
    return corpus


def read_job(folder: Path) -> tuple[Text, ...]:
    """The selected texts of one job, those that failed left out."""
    return tuple(Text(sample.prompt_id, sample.text) for sample in finished(JobFolder(folder).read_selected()))


def _of_jobs(sweep_folder: Path, jobs: Sequence[Entry]) -> Corpus:
    texts = tuple(text for entry in jobs for text in read_job(job_folder(sweep_folder, entry)))
    return Corpus(name_of(jobs), texts, pooled(jobs))


def _name(folder: Path) -> str:
    """The model that wrote a job's texts."""
    model = (JobFolder(folder).read_provenance() or {}).get("model")
    return str(model["label"]) if isinstance(model, dict) and "label" in model else folder.resolve().name


def _chosen(sweep_folder: Path, job: str | None) -> list[Entry]:
    """The finished jobs that `job` (an id, a label or a model) means."""
    jobs = [entry for entry in read_sweep_file(sweep_folder)["jobs"] if entry["state"] == "done"]
    meant = [entry for entry in jobs if job is None or job in (entry["job_id"], entry["label"], entry["model"])]
    if not meant or (job is None and len(jobs) > 1):
        known = listed(jobs) or "none"
        raise InputError("job", job, f"choose by id, label or model among the finished jobs: {known}")
    return meant


def _of_folder(folder: Path, field: str) -> Iterator[Text]:
    for path in sorted(folder.rglob("*.txt")):
        yield Text(path.relative_to(folder).as_posix(), _content(path, field))


def _of_file(path: Path, field: str) -> Iterator[Text]:
    for number, row in enumerate(_rows(path, field), start=1):
        text = next((row[name] for name in TEXT_FIELDS if isinstance(row.get(name), str)), None)
        if text is None:
            raise InputError(
                field, str(path), f"row {number} has no text under {', '.join(TEXT_FIELDS)}; rename its field"
            )
        prompt_id = next((row[name] for name in ID_FIELDS if row.get(name) is not None), number)
        yield Text(str(prompt_id), text)


def _rows(path: Path, field: str) -> list[dict[str, Any]]:
    content = _content(path, field)
    try:
        if content.lstrip().startswith("["):
            rows = parse_json(content)
        else:
            rows = [parse_json(line) for line in content.split("\n") if line.strip()]
    except ValueError as error:
        raise InputError(field, str(path), f"is no JSON ({error}); give {SHAPES}") from None
    if not all(isinstance(row, dict) for row in rows):
        raise InputError(field, str(path), "holds rows that are no objects; give one object a text")
    return list(rows)


def _content(path: Path, field: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(field, str(path), f"cannot be read ({error}); give UTF-8 texts") from None
