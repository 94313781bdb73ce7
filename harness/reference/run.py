"""A run folder's texts, read by a reference model that sees their prompts as the generating model did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.config.settings import DatasetSettings, ModelSettings
from harness.errors import InputError
from harness.inputs.prompts import PromptItem, load_prompts
from harness.reference.likelihood import Question, ask_all, questions_of
from harness.scoring.per_prompt import finished
from harness.scoring.reference import read_reference, write_reference
from harness.store.jobfolder import JobFolder
from harness.store.records import Sample
from harness.typed import build

NO_TEMPLATE = "dataset.chat_template"  # what a model is told that has none


def judge_run(job_folder: Path, model: ModelSettings) -> None:
    """Write `reference.json`: a reading of every selected text. Another reference's readings are replaced.

    Raise InputError when the folder is no job's, its conversations are gone, or the model has no template for them.
    """
    folder = JobFolder(job_folder)
    if not folder.config.is_file():
        raise InputError("RUN_FOLDER", str(job_folder), "it has no config.yaml; give runs/<experiment>/<job id>")
    samples = finished(folder.read_selected())
    try:
        found = ask_all(_questions(folder, samples), model, read_reference(job_folder))
    except InputError as error:
        if error.field != NO_TEMPLATE:
            raise
        problem = "has no chat template, but the run's prompts are conversations; name a chat model"
        raise InputError("--reference", model.name or model.path, problem) from None
    write_reference(job_folder, found)


def _questions(folder: JobFolder, samples: Sequence[Sample]) -> list[Question]:
    """With a chat template the reference renders the conversation by its own, as it would to answer it."""
    dataset = build(DatasetSettings, folder.read_config().get("dataset"), "dataset")
    if not dataset.chat_template:
        return questions_of(samples)
    items = _conversations(folder, dataset)
    return [Question(sample, items[sample.prompt_id]) for sample in samples]


def _conversations(folder: JobFolder, dataset: DatasetSettings) -> Mapping[str, PromptItem]:
    found = load_prompts(dataset)
    made = folder.read_provenance() or {}
    if made.get("prompts") != found.digest:
        where = dataset.name or dataset.path or dataset.id
        raise InputError("dataset", where, "is not what the run read; restore it, its conversations are needed")
    return {item.id: item for item in found.items}
