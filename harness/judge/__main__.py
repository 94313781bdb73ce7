"""python -m harness.judge SWEEP_FOLDER: ask a language model which texts it prefers. Whoever asks pays.

Exit codes: 0 done, 1 some question has no answer (run again), 2 wrong input, 130 interrupted (run again).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from harness.errors import InputError, one_line
from harness.judge.asking import Asking, Cache, Requests
from harness.judge.endpoint import ANSWER_TOKENS, Client, Endpoint
from harness.judge.judging import cut_texts, judge_pairs, judge_rubric
from harness.judge.page import render_page
from harness.judge.question import CHARS_PER_TOKEN, Question, pair_questions, pairs, rubric_questions
from harness.report.sweep_data import SweepData, read_sweep
from harness.store.records import SCHEMA, write_atomic, write_json
from harness.store.schema import read_record
from harness.unread import outlive_readers

DONE, SOME_UNANSWERED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    outlive_readers()
    options = _parser().parse_args(arguments)
    try:
        return _dry_run(options) if options.dry_run else _judge(options)
    except (InputError, OSError, ValueError) as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        print("interrupted; the answers so far are kept, the same command goes on", file=sys.stderr)
        return INTERRUPTED


def _judge(options: argparse.Namespace) -> int:
    sweep, endpoint = read_sweep(options.sweep_folder), Endpoint.from_environment(os.environ)
    client = Client(endpoint, timeout=options.timeout, per_minute=options.per_minute, attempts=options.attempts)
    asking = Asking(client, Cache({job.job_id: job.folder for job in sweep.done}, endpoint), Requests())
    judge, total = (judge_rubric, rubric_questions) if options.rubric else (judge_pairs, pairs)
    steps: Iterable[Any] = total(sweep, options.limit)
    with tqdm(total=len(list(steps)), unit="text" if options.rubric else "pair", disable=None) as bar:
        arms = judge(sweep, asking, options.limit, bar.update)
    part = {
        "model": endpoint.model,
        "base_url": endpoint.base_url,
        "limit": options.limit,
        "requests": asdict(asking.requests),
        "cut_texts": cut_texts(sweep),
        "arms": arms,
    }
    print(_written(options.sweep_folder, "rubric" if options.rubric else "pairs", part))
    return SOME_UNANSWERED if asking.requests.failed else DONE


def _written(sweep_folder: Path, mode: str, part: dict[str, Any]) -> Path:
    """judge.json keeps the other mode's part; judge.md shows both."""
    path = sweep_folder / "judge.json"
    judged = {**(read_record(path) if path.exists() else {"schema": SCHEMA}), mode: part}
    write_json(path, judged)
    write_atomic(sweep_folder / "judge.md", render_page(judged))
    return (sweep_folder / "judge.md").resolve()


def _dry_run(options: argparse.Namespace) -> int:
    questions = list(_questions(read_sweep(options.sweep_folder), options))
    tokens = sum(question.characters for question in questions) // CHARS_PER_TOKEN
    print(
        f"{len(questions)} questions, about {tokens:,} tokens in and at most {len(questions) * ANSWER_TOKENS:,} out; "
        "what was answered before is not asked again"
    )
    return DONE


def _questions(sweep: SweepData, options: argparse.Namespace) -> Iterable[Question]:
    if options.rubric:
        return rubric_questions(sweep, options.limit)
    return (asked for pair in pairs(sweep, options.limit) if not pair.is_identical for asked in pair_questions(pair))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m harness.judge",
        description="Ask an OpenAI-compatible endpoint (JUDGE_BASE_URL, JUDGE_MODEL, JUDGE_API_KEY) about texts.",
    )
    parser.add_argument("sweep_folder", type=Path, metavar="SWEEP_FOLDER", help="reports/<experiment>/<sweep id>")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--pairs", action="store_true", help="strategy against Plain, in both orders (default)")
    mode.add_argument("--rubric", action="store_true", help="a score from 1 to 10 for every text")
    parser.add_argument("--limit", type=_count, metavar="N", help="prompts per job (default: all)")
    parser.add_argument("--dry-run", action="store_true", help="only say how much would be asked")
    parser.add_argument("--per-minute", type=_amount, default=60.0, metavar="N", help="requests (default: 60)")
    parser.add_argument("--timeout", type=_amount, default=60.0, metavar="SECONDS", help="for an answer (default: 60)")
    parser.add_argument("--attempts", type=_count, default=5, metavar="N", help="per question (default: 5)")
    return parser


def _count(text: str) -> int:
    return int(_at_least(int(text), 1))


def _amount(text: str) -> float:
    return _at_least(float(text), 0.001)


def _at_least(value: float, least: float) -> float:
    if not least <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{value} is not between {least} and infinity")
    return value


if __name__ == "__main__":
    sys.exit(main())
