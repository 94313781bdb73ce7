"""Sweeps of exact laws (`task: law`): a run per law, its strategy's options, every finite number of its law.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.jobfolder import JobFolder
from harness.parsing import read_json
from harness.tracking.content import Content, distinct, flatten, origin, plain, settings_of
from harness.tracking.kind import Entry, Kind
from harness.tracking.note import law_note, laws_note

RESULT = "law.json"
INFINITY = "inf"  # as law.json spells it
Numbers = Mapping[str, float | str | None]

# Why a number is no metric. MLflow would take an infinity: its database stores 1.797e308 instead, which no chart or
# search can tell from a number.
INFINITE = {
    "kl_from_exact": "it writes texts that the exact law cannot write",
    "kl_to_exact": "it never writes texts that the exact law can write",
    "draws_per_kept": "some of its mass draws for ever",
    "forwards_per_kept": "some of its mass draws for ever",
}
UNDEFINED = {
    "kl_to_exact": "the law was not followed far enough to tell",
    "lost": "the law was not followed far enough to tell",
    "excess": "it writes no text without a phrase",
    "draws_per_kept": "it never keeps a token",
    "forwards_per_kept": "it never keeps a token",
}
ELSEWHERE = "docs/METRICS.md says when"
# The model's whole table, and options that are params.
NOT_TAGS = frozenset({"model", "strategy", "tolerance", "max_places"})


def axes(sweep: Entry) -> dict[str, str]:
    """Over what the laws differ, and how far each was followed."""
    return {
        "models": distinct(job["model"] for job in sweep["jobs"]),
        "strategies": distinct(job["strategy"] for job in sweep["jobs"]),
        "jobs": str(len(sweep["jobs"])),
        "tolerance": plain(sweep.get("tolerance")),
        "max_places": plain(sweep.get("max_places")),
    }


def law_content(job: Entry, folder: JobFolder) -> Content:
    """The settings of the law, its finite numbers, and tags that say why the others are none."""
    law: Numbers = {name: value for name, value in read_json(folder.path / RESULT).items() if name != "schema"}
    tags = {
        "job_id": job["job_id"],
        "model": job["model"],
        "strategy": job["strategy"],
        "label": job["label"],
        "mlflow.note.content": law_note(job, law),
        **dict(_no_metrics(law)),
        **origin(folder, NOT_TAGS),
    }
    finite = {f"law.{name}": float(value) for name, value in law.items() if value is not None and value != INFINITY}
    return Content(_params(job, folder), finite, tags)


def law_name(job: Entry) -> str:
    return f"{job['model']} {job['label']}"


def _params(job: Entry, folder: JobFolder) -> dict[str, str]:
    """The arm as `strategy`, as the runs of texts have it; the law's other settings as they are.

    Folders of the first version have no config.yaml: of them, what sets the arm apart is known.
    """
    if not folder.config.is_file():
        return flatten({"model": job["model"], "strategy": {"name": job["strategy"], **job.get("options", {})}})
    config = settings_of(folder.read_config())
    oracle = config.pop("oracle")
    (arm,) = oracle.pop("arms")
    return flatten({**config, **oracle, "model": job["model"], "strategy": arm})


def _no_metrics(law: Numbers) -> Iterator[tuple[str, str]]:
    for name, value in law.items():
        if value is None:
            yield f"law.{name}", f"undefined: {UNDEFINED.get(name, ELSEWHERE)}"
        elif value == INFINITY:
            yield f"law.{name}", f"infinite: {INFINITE.get(name, ELSEWHERE)}"


LAWS = Kind(
    result=RESULT,
    files=(RESULT, "config.yaml", "provenance.json"),
    axes=axes,
    note=laws_note,
    job=law_content,
    job_name=law_name,
)
