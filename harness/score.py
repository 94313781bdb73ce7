"""python -m harness.score: score a run again, or texts from anywhere. Needs no model.

Two files of texts are compared, paired by id. The JSON that is printed is described in docs/METRICS.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.paired_texts import Paired, pair_texts
from harness.phrases import load_phrases
from harness.regexes import load_regexes
from harness.scoring import Context, Scores, measure, score_job, summarise
from harness.texts import read_texts

# The scorers that need nothing but a text; the first two run unless others are named.
TEXT_SCORERS = ("slop", "diversity", "slop_score", "human_words", "diversity_more")
DEFAULT = TEXT_SCORERS[:2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the scores; exit code 2 and one line on wrong input."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.run_folder is None) == (options.texts is None):
        parser.error("give either a RUN_FOLDER or --texts FILE")
    if options.texts is not None and len(options.texts) > 2:
        parser.error("--texts takes one file to score, or two to compare")
    try:
        record, shown = _answer(options)
    except (InputError, ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    print(json.dumps(record, ensure_ascii=False, indent=1) if options.json else "\n".join(shown))
    return 0


def _answer(options: argparse.Namespace) -> tuple[Mapping[str, Any], Iterator[str]]:
    """What is printed: as JSON, and as lines for people."""
    if options.texts is None:
        scores = score_run(options.run_folder)
        return scores, lines(scores)
    context, scorers = _context(options), _scorers(options)
    sets = [read_texts(path, options.field) for path in options.texts]
    if len(sets) == 1:
        scores = summarise(measure(sets[0], context, scorers))
        return scores, lines(scores)
    paired = pair_texts(sets[0], sets[1], context, scorers)
    files = {"first": str(options.texts[0]), "second": str(options.texts[1])}
    return {"files": files, **paired.as_record()}, paired_lines(paired)


def score_run(run_folder: Path) -> Scores:
    """Score a job folder `runs/<experiment>/<job id>` again; its scores.json is replaced."""
    if not run_folder.is_dir():
        raise InputError("RUN_FOLDER", str(run_folder), "no such folder; give runs/<experiment>/<job id>")
    return score_job(run_folder)


def lines(scores: Scores) -> Iterator[str]:
    """One line a metric, for people."""
    for scorer_name, metrics in scores.items():
        for metric, entry in metrics.items():
            yield f"{f'{scorer_name}.{metric}':<40} {_shown(entry)}"


def paired_lines(paired: Paired) -> Iterator[str]:
    """What was compared, then one line a metric: first → second, difference, p."""
    record = paired.as_record()
    yield "{shared} ids in both files; {only_first} only in the first, {only_second} only in the second".format(
        **record["ids"]
    )
    for name, metrics in record["differences"].items():
        for metric, entry in metrics.items():
            a, b = (record[side][name][metric]["value"] for side in ("first", "second"))
            yield f"{f'{name}.{metric}':<40} {_number(a)} → {_number(b)}  {_shown_difference(entry)}"


def _shown(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return f"undefined: {entry['reason']}"
    return f"{_number(entry['value'])}{_interval(entry)}  {entry['unit']}  (n = {entry['n']})"


def _shown_difference(entry: Mapping[str, Any]) -> str:
    if entry["p"] is None:
        difference = "" if entry["difference"] is None else f"{entry['difference']:+.4g}  {entry['unit']}  "
        return f"{difference}(no p: {entry['reason']})"
    correction = "Holm" if entry["correction"] == "holm" else "BH"
    p = f"p = {entry['p_adjusted']:.2g} ({correction})"
    return f"{entry['difference']:+.4g}{_interval(entry)}  {entry['unit']}  {p}  (n = {entry['n']})"


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4g}"


def _interval(entry: Mapping[str, Any]) -> str:
    return "" if entry["ci"] is None else f"  [{entry['ci'][0]:.4g}, {entry['ci'][1]:.4g}]"


def _context(options: argparse.Namespace) -> Context:
    if not (options.phrases or options.regexes or options.trigrams):
        raise InputError("--phrases", None, "name a list, embedded (inkling_banned) or a file, or give --regexes")
    return Context(
        phrases=load_phrases(options.phrases, "--phrases").entries if options.phrases else (),
        heldout=load_phrases(options.heldout, "--heldout").entries if options.heldout else (),
        regexes=load_regexes(options.regexes, "--regexes").entries if options.regexes else (),
        trigrams=load_phrases(options.trigrams, "--trigrams").entries if options.trigrams else (),
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
    parser.add_argument("--field", default="output", help="where a row keeps its text (default: output)")
    parser.add_argument("--phrases", metavar="LIST", help="phrase list: an embedded name or a file")
    parser.add_argument("--heldout", metavar="LIST", help="a second list, only counted")
    parser.add_argument("--regexes", metavar="LIST", help="patterns, counted beside the phrases: contrast, or a file")
    parser.add_argument("--trigrams", metavar="LIST", help="word triples without stop words, as slop-score counts them")
    parser.add_argument("--scorers", metavar="NAMES", help=f"default, or of {','.join(TEXT_SCORERS)} (comma-separated)")
    parser.add_argument("--json", action="store_true", help="print JSON as in scores.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
