"""python -m harness.watch "prompt" [model=…] [strategy=…] [KEY=VALUE]: see a text being written and taken back.

Takes the settings of `python -m harness`, writes one text and leaves no files. On a terminal what a strategy takes
back is struck through where it stands, then replaced; text that nothing will take back any more is plain. In a pipe,
and where a person is asked (strategy=human_guidance), it prints one line an event instead, then the text.

    python -m harness.watch "The ferry was late again." strategy=antislop strategy.rewind_to=sentence seed=3
    python -m harness.watch "The ferry was late again." strategy=human_guidance strategy.min_autopass=0.9

Exit codes: 0 done, 1 failed (HYDRA_FULL_ERROR=1 shows where), 2 wrong input, 130 interrupted.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence

from harness.config.compose import Config, compose_jobs, parse_arguments
from harness.errors import InputError, one_line
from harness.unread import outlive_readers

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one text before the reader's eyes; returns the exit code."""
    outlive_readers()
    options = _parser().parse_intermixed_args(arguments)
    try:
        return _watch(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # whatever it is, as in a sweep
        if os.environ.get("HYDRA_FULL_ERROR") == "1":
            raise
        print(f"failed: {type(error).__name__}: {one_line(error)}", file=sys.stderr)
        return FAILED


def _watch(options: argparse.Namespace) -> int:
    for name in ("delay", "hold"):
        seconds = getattr(options, name)
        if not 0 <= seconds < math.inf:
            raise InputError(f"--{name}", seconds, "must be seconds, 0 or above")
    config = _one_job(options.overrides)
    # Here, because torch takes seconds that a mistyped strategy need not wait for.
    from harness.watch.session import watch

    finished = watch(options.prompt, config, options.delay, options.hold).finished
    return FAILED if finished is None or finished.reason == "error" else 0


def _one_job(overrides: list[str]) -> Config:
    configs = compose_jobs(parse_arguments(overrides))
    if len(configs) > 1:
        raise InputError("command line", " ".join(overrides), f"names {len(configs)} jobs; watch one, without commas")
    return configs[0]


def _parser() -> argparse.ArgumentParser:
    about, _, more = str(__doc__).partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m harness.watch",
        description=about.partition(": ")[2].capitalize(),
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("prompt", help="the beginning of the text")
    parser.add_argument(
        "overrides", nargs="*", default=[], metavar="KEY=VALUE", help="settings, e.g. strategy=antislop seed=3"
    )
    parser.add_argument(
        "--delay", type=float, default=0.05, metavar="SECONDS", help="how long each token is looked at (default: 0.05)"
    )
    parser.add_argument(
        "--hold", type=float, default=1.0, metavar="SECONDS", help="how long struck-through text stays (default: 1)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
