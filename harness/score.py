"""python -m harness.score: score a run again, or texts from anywhere. Needs no model."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.phrases import load_phrases
from harness.records import Sample
from harness.regexes import load_regexes
from harness.scoring import Context, Scores, measure, score_job, summarise

# The scorers that need nothing but a text.
TEXT_SCORERS = ("slop", "diversity")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the scores; exit code 2 and one line on wrong input."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.run_folder is None) == (options.texts is None):
        parser.error("give either a RUN_FOLDER or --texts FILE")
    try:
        scores = score_run(options.run_folder) if options.texts is None else score_texts(options)
    except (InputError, ValueError, OSError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    print(json.dumps(scores, ensure_ascii=False, indent=1) if options.json else "\n".join(lines(scores)))
    return 0


def score_run(run_folder: Path) -> Scores:
    """Score a job folder `runs/<experiment>/<job id>` again; its scores.json is replaced."""
    if not run_folder.is_dir():
        raise InputError("RUN_FOLDER", str(run_folder), "no such folder; give runs/<experiment>/<job id>")
    return score_job(run_folder)


def score_texts(options: argparse.Namespace) -> Scores:
    """Scores of texts made elsewhere; each text is its own prompt."""
    if not (options.phrases or options.regexes):
        raise InputError("--phrases", None, "name a list, embedded (inkling_banned) or a file, or give --regexes")
    context = Context(
        phrases=load_phrases(options.phrases, "--phrases").entries if options.phrases else (),
        heldout=load_phrases(options.heldout, "--heldout").entries if options.heldout else (),
        regexes=load_regexes(options.regexes, "--regexes").entries if options.regexes else (),
    )
    samples = read_texts(options.texts, options.field)
    return summarise(measure(samples, context, TEXT_SCORERS))


def read_texts(path: Path, field: str) -> list[Sample]:
    """Texts of a JSONL file, or of a JSON list of objects; the id is the object's "id", else its row number.

    Raise InputError for an unreadable file, no rows, a row that is no object, a field without text, a repeated id.
    """
    rows = _rows(path)
    samples = [_sample(number, row, field) for number, row in enumerate(rows, start=1)]
    if not samples:
        raise InputError("--texts", str(path), "the file has no rows; give one JSON object per text")
    if len({sample.prompt_id for sample in samples}) < len(samples):
        raise InputError("--texts", str(path), 'two rows have the same "id"; make the ids unique or leave them out')
    return samples


def lines(scores: Scores) -> Iterator[str]:
    """One line a metric, for people."""
    for scorer_name, metrics in scores.items():
        for metric, entry in metrics.items():
            yield f"{scorer_name}.{metric:<28} {_shown(entry)}"


def _shown(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return f"undefined: {entry['reason']}"
    interval = "" if entry["ci"] is None else f"  [{entry['ci'][0]:.4g}, {entry['ci'][1]:.4g}]"
    return f"{entry['value']:.4g}{interval}  {entry['unit']}  (n = {entry['n']})"


def _rows(path: Path) -> list[Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        if text.lstrip().startswith("["):
            return list(json.loads(text))
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except OSError as error:
        raise InputError("--texts", str(path), f"{error.strerror}; give a .jsonl or .json file") from None
    except ValueError as error:
        raise InputError("--texts", str(path), f"not JSON ({error}); give one JSON object a line, or a list") from None


def _sample(number: int, row: object, field: str) -> Sample:
    if not isinstance(row, dict):
        raise InputError("--texts", row, f"row {number} is not an object; give rows such as {{{field!r}: ...}}")
    text = row.get(field)
    if not isinstance(text, str):
        present = ", ".join(map(str, row)) or "none"
        raise InputError("--field", field, f"row {number} has no such text; its fields are: {present}")
    prompt_id = str(row.get("id", number))
    return Sample(prompt_id, 0, "", text, (), "eos", (), {}, ())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m harness.score", description=__doc__)
    parser.add_argument("run_folder", nargs="?", type=Path, metavar="RUN_FOLDER", help="runs/<experiment>/<job id>")
    parser.add_argument("--texts", type=Path, metavar="FILE", help="JSONL, or a JSON list of objects")
    parser.add_argument("--field", default="output", help="where a row keeps its text (default: output)")
    parser.add_argument("--phrases", metavar="LIST", help="phrase list: an embedded name or a file")
    parser.add_argument("--heldout", metavar="LIST", help="a second list, only counted")
    parser.add_argument("--regexes", metavar="FILE", help="patterns, counted beside the phrases")
    parser.add_argument("--json", action="store_true", help="print JSON as in scores.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
