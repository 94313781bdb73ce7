"""Score one job's folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from harness.errors import InputError
from harness.jobfolder import JobFolder, read_json
from harness.phrases import load_phrases
from harness.records import write_json
from harness.regexes import load_regexes
from harness.scoring.context import Context
from harness.scoring.registry import measure
from harness.scoring.summary import Scores, summarise
from harness.timing import Segment


def score_job(job_folder: Path, sweep_job: Mapping[str, Any] | None = None) -> Scores:
    """Write `scores.json` (in one step) from the job's samples, timings and lists, and return it.

    `sweep_job` is the job's entry in sweep.json; the folder says all that scoring needs, so it may be left out.
    Raise InputError when the folder is no job's, or a list it names is gone.
    """
    folder = JobFolder(job_folder)
    if not folder.config.is_file():
        raise InputError(
            "run folder", str(job_folder), "it has no config.yaml; give a folder runs/<experiment>/<job id>"
        )
    config = yaml.safe_load(folder.config.read_text())
    measured = measure(folder.read_selected(), job_context(folder), config.get("scorers") or ())
    scores = summarise(measured)
    write_json(folder.scores, scores)
    return scores


def job_context(folder: JobFolder) -> Context:
    """The lists that the job's config.yaml names, and its timings."""
    config = yaml.safe_load(folder.config.read_text())
    regexes = config.get("regexes")
    return Context(
        phrases=_entries(config, "phrases"),
        heldout=_entries(config, "heldout"),
        regexes=load_regexes(str(regexes)).entries if regexes else (),
        segments=read_segments(folder),
    )


def read_segments(folder: JobFolder) -> tuple[Segment, ...]:
    """The segments of timing.json; none when the job was never timed."""
    if not folder.timing.is_file():
        return ()
    return tuple(Segment(**segment) for segment in read_json(folder.timing)["segments"])


def _entries(config: Mapping[str, Any], field: str) -> tuple[str, ...]:
    source = config.get(field)
    return load_phrases(str(source), field).entries if source else ()
