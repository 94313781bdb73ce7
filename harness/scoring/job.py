"""Score one job's folder."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from harness.errors import InputError
from harness.inputs.phrases import PhraseList, load_phrases
from harness.inputs.regexes import RegexList, load_regexes
from harness.scoring.context import Context
from harness.scoring.reference import read_reference, with_judge
from harness.scoring.registry import measure
from harness.scoring.summary import Scores, summarise
from harness.store.jobfolder import JobFolder
from harness.store.records import write_json
from harness.store.timing import Segment, read_timing
from harness.typed import convert


class ListReaders(NamedTuple):
    """How the lists are read that a job's config.yaml names."""

    phrases: Callable[[str, str], PhraseList] = load_phrases
    regexes: Callable[[str], RegexList] = load_regexes


def remembering() -> ListReaders:
    """Readers for the jobs of one sweep, which share their lists: each is read once."""
    return ListReaders(cache(load_phrases), cache(load_regexes))


def score_job(
    job_folder: Path,
    sweep_job: Mapping[str, Any] | None = None,
    read: ListReaders | None = None,
    scorers: tuple[str, ...] = (),
) -> Scores:
    """Write `scores.json` (in one step) from the job's samples, timings, lists and reference, and return it.

    `sweep_job` is the job's entry in sweep.json; the folder says all that scoring needs, so it may be left out.
    `scorers` stand in for those that its configuration names.
    Raise InputError when the folder is no job's, or a list it names is gone.
    """
    folder = JobFolder(job_folder)
    if not folder.config.is_file():
        raise InputError(
            "run folder", str(job_folder), "it has no config.yaml; give a folder runs/<experiment>/<job id>"
        )
    config = folder.read_config()
    found = read_reference(job_folder)
    context = replace(_context(config, read_segments(folder), read or ListReaders()), reference=found)
    scorers = scorers or convert(tuple[str, ...], config.get("scorers") or [], "config.yaml.scorers")
    scores = with_judge(summarise(measure(folder.read_selected(), context, scorers)), found)
    write_json(folder.scores, scores)
    return scores


def _context(config: Mapping[str, Any], segments: tuple[Segment, ...], read: ListReaders) -> Context:
    phrases, heldout, regexes = (config.get(name) for name in ("phrases", "heldout", "regexes"))
    return Context(
        phrases=read.phrases(str(phrases), "phrases").entries if phrases else (),
        heldout=read.phrases(str(heldout), "heldout").entries if heldout else (),
        regexes=read.regexes(str(regexes)).entries if regexes else (),
        segments=segments,
    )


def read_segments(folder: JobFolder) -> tuple[Segment, ...]:
    """The segments of timing.json; none when the job was never timed."""
    return read_timing(folder.timing)
