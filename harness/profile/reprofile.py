"""What a ban leaves behind: n-grams that are over-used with it and were not without it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

from harness.profile.content import ORDERS
from harness.profile.overuse import Overuse, Rules, tally
from harness.profile.profile import Profile
from harness.report.csv_cells import cells
from harness.report.render_markdown import escape
from harness.scoring.log_odds import log_odds

SHOWN = 12  # new n-grams of a comparison in the table that people read


@dataclass(frozen=True)
class Risen:
    """An n-gram over-used after and not before. Rates are per 1,000 words; `ratio`: after, to human texts;
    `z`: of the log-odds after against before, both together as the prior.
    """

    ngram: str
    order: int
    before: float
    after: float
    ratio: float
    z: float


@dataclass(frozen=True)
class Reprofiled:
    """Two sets of texts against one baseline: how many n-grams are over-used in each, and which are new.

    `before_rate`, `after_rate`: occurrences of over-used single words per 1,000 words.
    """

    name: str
    before: int
    after: int
    gone: int
    before_rate: float
    after_rate: float
    risen: tuple[Risen, ...]

    def sure(self, rules: Rules) -> int:
        """How many of the new n-grams the texts themselves tell from what was said before."""
        return sum(new.z >= rules.min_z for new in self.risen)


def reprofile(name: str, before: Profile, after: Profile) -> Reprofiled:
    """Compare two profiles made with the same baseline and rules; the new n-grams come with the highest z first."""
    olds, news = _found(before), _found(after)
    risen = [new for order in ORDERS for new in _risen(before, after, order)]
    return Reprofiled(
        name=name,
        before=len(olds),
        after=len(news),
        gone=len(olds - news),
        before_rate=sum(use.rate for use in before.found[1]),
        after_rate=sum(use.rate for use in after.found[1]),
        risen=tuple(sorted(risen, key=lambda new: (-new.z, new.order, new.ngram))),
    )


def as_markdown(title: str, rows: Sequence[Reprofiled], rules: Rules) -> str:
    """One row a comparison, then the new n-grams of each."""
    heads = ("compared", "over-used before", "after", "gone", "new", "of these sure", "words/1k before", "after")
    lines = [f"# {escape(title)}", "", _pipes(heads), _pipes(("---", *["---:"] * (len(heads) - 1)))]
    for row in rows:
        numbers = (row.before, row.after, row.gone, len(row.risen), row.sure(rules))
        lines.append(_pipes((escape(row.name), *map(str, numbers), f"{row.before_rate:.2f}", f"{row.after_rate:.2f}")))
    for row in rows:
        if row.risen:
            lines += ["", f"New: {escape(row.name)}", "", *_news(row)]
    return "\n".join([*lines, "", escape(_caption(rules))]) + "\n"


def as_csv(rows: Sequence[Reprofiled]) -> str:
    """Every new n-gram of every comparison; numbers are written in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("compared", *(field.name for field in fields(Risen))))
    for row in rows:
        writer.writerows(cells((row.name, *astuple(new))) for new in row.risen)
    return out.getvalue()


def _found(profile: Profile) -> set[tuple[int, str]]:
    return {(order, use.ngram) for order, uses in profile.found.items() for use in uses}


def _risen(before: Profile, after: Profile, order: int) -> list[Risen]:
    known = {use.ngram for use in before.found[order]}
    new = [use for use in after.found[order] if use.ngram not in known]
    if not new:
        return []
    earlier, later = _counts(before, order), _counts(after, order)
    odds = log_odds(later, earlier)
    return [_as_risen(use, order, earlier.get(use.ngram, 0), before.word_count, odds[use.ngram].z) for use in new]


def _as_risen(use: Overuse, order: int, earlier: int, words: int, z: float) -> Risen:
    return Risen(use.ngram, order, 1000 * earlier / words if words else 0.0, use.rate, use.ratio, z)


def _counts(profile: Profile, order: int) -> dict[str, int]:
    return {ngram: seen.count for ngram, seen in tally(profile.corpus.texts, order).items()}


def _news(row: Reprofiled) -> list[str]:
    lines = [
        _pipes(("n-gram", "before/1k", "after/1k", "times human", "z to before")),
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        _pipes((escape(new.ngram), f"{new.before:.3f}", f"{new.after:.3f}", f"{new.ratio:,.1f}", f"{new.z:.2f}"))
        for new in row.risen[:SHOWN]
    ]
    rest = len(row.risen) - SHOWN
    return [*lines, "", f"and {rest} more in reprofile.csv"] if rest > 0 else lines


def _caption(rules: Rules) -> str:
    return (
        f"Over-used: words, bigrams and trigrams in {rules.min_prompts} prompts or more, at least {rules.min_ratio:g} "
        f"times as frequent as in the baseline, z at least {rules.min_z:g}. Sure: z of the log-odds to the texts "
        f"before is at least {rules.min_z:g} too. The first row compares Plain with Plain under two seeds: what is new "
        "by chance."
    )


def _pipes(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
