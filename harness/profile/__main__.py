"""python -m harness.profile texts=TEXTS [KEY=VALUE ...]: find what texts over-use, or save human texts as a baseline.

Exit codes: 0 done, 2 wrong input.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import InputError, one_line
from harness.profile.baseline import count_corpus, load_baseline, save_baseline
from harness.profile.corpus import SHAPES, Corpus, read_corpus
from harness.profile.overuse import Rules
from harness.profile.profile import make_profile
from harness.profile.write import write_profile
from harness.typed import build

WRONG_INPUT = 2

USAGE = f"""python -m harness.profile texts=TEXTS [baseline=BASELINE] [KEY=VALUE ...]
  texts        {SHAPES}
  job          which of a sweep's jobs: an id, a label (plain) or a model; several are pooled
  baseline     inkling_plain (default), a saved profile, or human texts in any of the shapes above
  out          folder to write (default reports/profile/<id>)
  save=FILE    count the texts as a baseline instead, and save them as FILE (JSON)
  min_count    save: leave out what was seen more seldom (default 2)
  min_prompts  an over-used n-gram stands in so many prompts (default {Rules.min_prompts})
  min_ratio    and is so many times as frequent as in the baseline (default {Rules.min_ratio:g})
  min_z        and so many standard deviations from it (default {Rules.min_z:g})
  top          at most so many of each order (default {Rules.top})"""


@dataclass(frozen=True)
class Options:
    """The command line; see USAGE."""

    texts: str
    job: str | None = None
    baseline: str = "inkling_plain"
    out: str | None = None
    save: str | None = None
    min_count: int = 2
    min_prompts: int = Rules.min_prompts
    min_ratio: float = Rules.min_ratio
    min_z: float = Rules.min_z
    top: int = Rules.top


def main(arguments: Sequence[str] | None = None) -> int:
    """Profile or save, and print where the result lies; one line on wrong input."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or {"-h", "--help"} & set(arguments):
        print(USAGE)
        return 0 if arguments else WRONG_INPUT
    try:
        options = build(Options, _values(arguments))
        print(save(options) if options.save else profile(options))
    except (InputError, OSError, ValueError) as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return WRONG_INPUT
    return 0


def save(options: Options) -> str:
    """Count `texts` as a baseline; returns what was written."""
    if options.min_count < 1:
        raise InputError("min_count", options.min_count, "must be 1 or above")
    baseline = count_corpus(_read(options), options.min_count)
    path = Path(str(options.save))
    save_baseline(baseline, path)
    kept = ", ".join(f"{len(counts):,}" for counts in baseline.counts.values())
    return f"{path}: {baseline.texts:,} texts, {baseline.words:,} words; {kept} words, bigrams, trigrams"


def profile(options: Options) -> str:
    """Write the profile of `texts`; returns its table and its folder."""
    rules = Rules(options.min_prompts, options.min_ratio, options.min_z, options.top)
    corpus = _read(options)
    found = make_profile(corpus, load_baseline(options.baseline), rules)
    folder = Path(options.out or f"reports/profile/{found.id}")
    write_profile(found, folder)
    table = (folder / "table.md").read_text(encoding="utf-8")
    return f"{table}\n{len(found.phrases)} phrases and {len(found.words)} words to ban: {folder.resolve()}"


def _read(options: Options) -> Corpus:
    """The texts; that they are of several jobs is said at once."""
    corpus = read_corpus(Path(options.texts), "texts", options.job)
    if corpus.pooled:
        print(one_line(f"texts pooled from {corpus.pooled}; job=ID takes one"), file=sys.stderr)
    return corpus


def _values(arguments: Sequence[str]) -> Mapping[str, object]:
    pairs = [argument.partition("=") for argument in arguments]
    wrong = next((key for key, equals, _ in pairs if not equals), None)
    if wrong is not None:
        raise InputError("command line", wrong, "must be KEY=VALUE; --help lists the keys")
    return {key: _number(value) if key in _NUMBERS else value for key, _, value in pairs}


_NUMBERS = ("min_count", "min_prompts", "min_ratio", "min_z", "top")


def _number(text: str) -> object:
    """As Hydra reads it; what is no number stays a text, and is refused with its field's name."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


if __name__ == "__main__":
    sys.exit(main())
