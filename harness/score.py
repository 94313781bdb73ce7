"""python -m harness.score: score a run again, or texts from anywhere. Only a --reference needs a model.

Two files of texts are compared, paired by id. The JSON that is printed is described in docs/METRICS.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.config.settings import ModelSettings
from harness.errors import InputError, one_line
from harness.inputs.phrases import load_phrases, tell_surprises
from harness.inputs.regexes import load_regexes
from harness.paired_texts import pair_texts
from harness.paths import is_dir
from harness.score_lines import lines, paired_lines
from harness.scoring import Context, Scores, measure, score_job, summarise
from harness.scoring.readings import Reference
from harness.scoring.reference import with_judge
from harness.store.records import Sample
from harness.texts import read_texts
from harness.unread import outlive_readers
from harness.visible import visible

# The scorers that need nothing but a text; the first two run unless others are named.
TEXT_SCORERS = ("slop", "diversity", "slop_score", "human_words", "diversity_more")
DEFAULT = TEXT_SCORERS[:2]
FIELD = "output"
# What a run folder says for itself.
OF_TEXTS = ("field", "phrases", "heldout", "regexes", "trigrams", "prompt_field")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the scores; exit code 2 and one line on wrong input."""
    outlive_readers()
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.run_folder is None) == (options.texts is None):
        parser.error("give either a RUN_FOLDER or --texts FILE")
    if options.texts is not None and len(options.texts) > 2:
        parser.error("--texts takes one file to score, or two to compare")
    if options.texts is None and (ignored := [name for name in OF_TEXTS if getattr(options, name) is not None]):
        parser.error(f"--{ignored[0].replace('_', '-')} goes with --texts: a run's own config.yaml says it")
    if options.reference_set and options.reference is None:
        parser.error("--reference-set goes with --reference MODEL")
    try:
        record, shown = _answer(options)
    except (InputError, ValueError, OSError) as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return 2
    # Reasons quote patterns, and patterns are anybody's: as ASCII, JSON sends a terminal nothing that acts.
    print(json.dumps(record, indent=1) if options.json else visible("\n".join(shown)))
    return 0


def _answer(options: argparse.Namespace) -> tuple[Mapping[str, Any], Iterator[str]]:
    """What is printed: as JSON, and as lines for people."""
    model = _reference(options)
    if options.texts is None:
        scores = score_run(options.run_folder, model, tuple(options.scorers.split(",")) if options.scorers else ())
        return scores, lines(scores)
    context, scorers = _context(options), _scorers(options)
    sets = [read_texts(path, options.field or FIELD, options.prompt_field) for path in options.texts]
    if model is not None:
        context = replace(context, reference=_read_by(model, sets))
    if len(sets) == 1:
        scores = with_judge(summarise(measure(sets[0], context, scorers)), context.reference)
        return scores, lines(scores)
    paired = pair_texts(sets[0], sets[1], context, scorers)
    record: dict[str, Any] = {"files": {"first": str(options.texts[0]), "second": str(options.texts[1])}}
    if context.reference is not None:
        record["reference"] = context.reference.model
    return {**record, **paired.as_record()}, paired_lines(paired, context.reference)


def score_run(run_folder: Path, reference: ModelSettings | None = None, scorers: tuple[str, ...] = ()) -> Scores:
    """Score a job folder `runs/<experiment>/<job id>` again; its scores.json is replaced.

    A `reference` reads its texts first; what it says stays in the folder, and in all later scores.
    """
    if not is_dir(run_folder):
        raise InputError("RUN_FOLDER", str(run_folder), "no such folder; give runs/<experiment>/<job id>")
    if reference is not None:
        from harness.reference.run import judge_run  # loads torch

        judge_run(run_folder, reference)
    return score_job(run_folder, scorers=scorers)


def _read_by(model: ModelSettings, sets: Sequence[Sequence[Sample]]) -> Reference:
    from harness.reference.likelihood import ask_all, questions_of  # loads torch

    return ask_all(questions_of([sample for samples in sets for sample in samples]), model)


def _reference(options: argparse.Namespace) -> ModelSettings | None:
    if options.reference is None:
        return None
    from harness.reference.model import reference_settings  # loads Hydra

    return reference_settings(options.reference, options.reference_set or ())


def _context(options: argparse.Namespace) -> Context:
    if not (options.phrases or options.regexes or options.trigrams or options.reference):
        raise InputError(
            "--phrases", None, "name a list, embedded (inkling_banned) or a file, or give --regexes or --reference"
        )
    names = {"--phrases": options.phrases, "--heldout": options.heldout, "--trigrams": options.trigrams}
    lists = {field: load_phrases(name, field) for field, name in names.items() if name}
    tell_surprises(lists.values())
    entries = {field: lists[field].entries if field in lists else () for field in names}
    return Context(
        phrases=entries["--phrases"],
        heldout=entries["--heldout"],
        regexes=load_regexes(options.regexes, "--regexes").entries if options.regexes else (),
        trigrams=entries["--trigrams"],
    )


def _scorers(options: argparse.Namespace) -> tuple[str, ...]:
    """Those named; else the default ones, and `slop_score` where its trigrams are given."""
    if options.scorers is None:
        return (*DEFAULT, *(["slop_score"] if options.trigrams else []))
    names = [name for part in options.scorers.split(",") for name in (DEFAULT if part == "default" else (part,))]
    for name in names:
        if name not in TEXT_SCORERS:
            raise InputError("--scorers", name, f"texts have none of that name; there are {', '.join(TEXT_SCORERS)}")
    return tuple(names)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m harness.score", description=__doc__)
    parser.add_argument("run_folder", nargs="?", type=Path, metavar="RUN_FOLDER", help="runs/<experiment>/<job id>")
    parser.add_argument("--texts", type=Path, nargs="+", metavar="FILE", help="JSONL, or a JSON list; two are compared")
    parser.add_argument("--field", help=f"where a row keeps its text (default: {FIELD})")
    parser.add_argument("--phrases", metavar="LIST", help="phrase list: an embedded name or a file")
    parser.add_argument("--heldout", metavar="LIST", help="a second list, only counted")
    parser.add_argument("--regexes", metavar="LIST", help="patterns, counted beside the phrases: contrast, or a file")
    parser.add_argument("--trigrams", metavar="LIST", help="word triples without stop words, as slop-score counts them")
    parser.add_argument(
        "--scorers", metavar="NAMES", help=f"comma-separated; of texts: default,{','.join(TEXT_SCORERS)}"
    )
    parser.add_argument("--reference", metavar="MODEL", help="a model of conf/model: bits per byte of each text")
    parser.add_argument(
        "--reference-set",
        nargs="+",
        action="extend",
        metavar="model.KEY=VALUE",
        help="its settings, e.g. model.path=FILE.gguf",
    )
    parser.add_argument("--prompt-field", metavar="FIELD", help="what a row's text was written after, for --reference")
    parser.add_argument("--json", action="store_true", help="print JSON as in scores.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
