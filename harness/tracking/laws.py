"""Sweeps of exact laws (`task: law`): a run per law, its strategy's options, every finite number of its law.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.parsing import read_json
from harness.store.jobfolder import JobFolder
from harness.tracking.cards import MODEL, STRATEGY, law_model_card, strategy_card
from harness.tracking.content import Content, distinct, flatten, leading, origin, plain, settings_of
from harness.tracking.kind import Entry, Kind
from harness.tracking.names import arm_name, job_name
from harness.tracking.note import law_note, laws_note, number

RESULT = "law.json"
# How far from the law it aims at, what is left of the phrases, what was added by luck, and the price.
HEADLINES = ("law.tv", "law.kl_to_exact", "law.violation", "law.excess", "law.forwards_per_kept")
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


def headlines(sweep: Entry) -> tuple[str, ...]:
    return HEADLINES


def law_content(sweep: Entry, job: Entry, folder: JobFolder) -> Content:
    """The settings of the law, its finite numbers, and tags that say why the others are none."""
    law = _numbers(folder)
    tags = {
        "job_id": job["job_id"],
        "sweep": sweep["sweep_id"],
        "model": job["model"],
        "strategy": job["strategy"],
        "label": job["label"],
        "mlflow.note.content": law_note(job, law),
        **dict(_no_metrics(law)),
        **origin(folder, NOT_TAGS),
    }
    finite = {f"law.{name}": float(value) for name, value in law.items() if value is not None and value != INFINITY}
    return Content(_params(job, folder), leading(HEADLINES, finite), tags, cards=_cards(job, folder))


def values(folder: JobFolder) -> dict[str, str]:
    return {
        f"law.{name}": value if isinstance(value, str) else number(value) for name, value in _numbers(folder).items()
    }


def _numbers(folder: JobFolder) -> Numbers:
    return {name: value for name, value in read_json(folder.path / RESULT).items() if name != "schema"}


def _cards(job: Entry, folder: JobFolder) -> dict[str, str]:
    made = folder.read_provenance() or {}
    model = made.get("model")
    arm = made.get("strategy")
    return {
        MODEL: law_model_card(model if isinstance(model, Mapping) else {"name": job["model"]}),
        STRATEGY: strategy_card(job["label"], arm if isinstance(arm, Mapping) else {"name": job["strategy"]}),
    }


def _params(job: Entry, folder: JobFolder) -> dict[str, str]:
    """The arm as `strategy`, as the runs of texts have it; the law's other settings as they are.

    Folders of the first version have no config.yaml: of them, what sets the arm apart is known.
    """
    if not folder.config.is_file():
        arm = {"name": job["strategy"], **job.get("options", {})}
        return flatten({"arm": arm_name(job), "model": job["model"], "strategy": arm})
    config = settings_of(folder.read_config())
    oracle = config.pop("oracle")
    (arm,) = oracle.pop("arms")
    return flatten({"arm": arm_name(job), **config, **oracle, "model": job["model"], "strategy": arm})


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
    headlines=headlines,
    cost="law.forwards_per_kept",
    note=laws_note,
    job=law_content,
    values=values,
    job_name=job_name,
)
