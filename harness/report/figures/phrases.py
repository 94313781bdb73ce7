"""The phrases that Plain says most, and what becomes of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from matplotlib.axes import Axes

from harness.report.figures.plot import INTERVALS, Plot, add_legends, draw_point, from_zero, left_out, shown_labels
from harness.report.figures.tradeoff import REGEXES
from harness.report.findings import Findings
from harness.report.style import new_figure
from harness.report.sweep_data import PLAIN
from harness.scoring import RatioMeasurement
from harness.scoring.per_prompt import finished, summed
from harness.scoring.phrase_counter import phrase_counter
from harness.scoring.regex_counter import regex_counter
from harness.scoring.slop import Find, hit_counts
from harness.scoring.words import words
from harness.statistics import Estimate, estimate
from harness.store.records import Sample

SHOWN = 8  # phrases per list
LONGEST = 34  # characters of a phrase that fit beside the axis
SPREAD = 0.66  # of the distance between two phrases, shared by the strategies

Texts = dict[str, list[Sample]]  # strategy label → samples of all pooled jobs


@dataclass(frozen=True)
class Panel:
    """A list and its most frequent entries in Plain's texts."""

    title: str
    find: Find
    entries: list[str]


def top_phrases(findings: Findings) -> Plot | None:
    """Rate of Plain's most frequent entries, before (Plain) and after (every other strategy)."""
    texts = pooled_texts(findings)
    panels = _panels(findings, texts.get(PLAIN, []))
    if not panels or len(texts) < 2:
        return None
    sizes = [len(panel.entries) for panel in panels]
    figure = new_figure(0.75 + 0.3 * len(panels) + 0.05 * sum(sizes) * (len(texts) + 1))
    rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=sizes)[:, 0]
    for axes, panel in zip(rows, panels, strict=True):
        _draw(axes, panel, texts, findings)
    rows[-1].set_xlim(from_zero(*rows[-1].get_xlim()))
    rows[-1].set_xlabel("occurrences / 1,000 words")
    add_legends(figure, {label: findings.colours[label] for label in texts}, {})
    return Plot("top_phrases", "Top phrases before and after", _caption(findings), figure)


def pooled_texts(findings: Findings) -> Texts:
    """Samples by strategy, over the settings that every shown one ran in: models must not show as strategies."""
    labels = shown_labels(findings)
    complete = [group for group in findings.table.groups if {row.job.label for row in group.rows}.issuperset(labels)]
    texts: Texts = {label: [] for label in labels} if complete else {}
    for group in complete:
        for row in group.rows:
            if row.job.label in texts:
                texts[row.job.label] += finished(row.job.samples)
    return texts


def _panels(findings: Findings, plain: list[Sample]) -> list[Panel]:
    sweep = findings.sweep
    finds = {
        "banned list": phrase_counter(sweep.phrases.entries).hits,
        "regexes": regex_counter(_counted_regexes(findings)).hits,
        "held-out list": phrase_counter(sweep.heldout.entries).hits,
    }
    panels = [Panel(title, find, _most_frequent(find, plain)) for title, find in finds.items()]
    return [panel for panel in panels if panel.entries]


def _counted_regexes(findings: Findings) -> tuple[str, ...]:
    """None where a pattern ran out of time on some text: the table says so."""
    rates = [job.measurements.get(REGEXES) for job in findings.sweep.done]
    return findings.sweep.regexes.entries if all(isinstance(rate, RatioMeasurement) for rate in rates) else ()


def _most_frequent(find: Find, samples: list[Sample]) -> list[str]:
    """Equally frequent ones in alphabetical order, so that the figure does not depend on the texts' order."""
    counts = hit_counts(samples, find)
    return sorted(counts, key=lambda entry: (-counts[entry], entry))[:SHOWN]


def _draw(axes: Axes, panel: Panel, texts: Texts, findings: Findings) -> None:
    for index, (label, samples) in enumerate(texts.items()):
        offset, colour = SPREAD * ((index + 0.5) / len(texts) - 0.5), findings.colours[label]
        for place, rate in enumerate(_rates(samples, panel)):
            draw_point(axes, rate, place + offset, colour=colour, shape="o", size=2.6, fill=colour)
    axes.set_yticks(range(len(panel.entries)), [short(entry) for entry in panel.entries])
    axes.set_ylim(len(panel.entries) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_title(panel.title, loc="left")


def _rates(samples: list[Sample], panel: Panel) -> list[Estimate]:
    """Occurrences per 1,000 words of the panel's entries, all entries of the list competing for the text."""
    found = [Counter(hit.entry for hit in panel.find(sample.text)) for sample in samples]
    total = _per_prompt(samples, [len(words(sample.text)) for sample in samples])
    return [
        estimate(
            RatioMeasurement(
                name=entry,
                unit="hits/1k words",
                better="lower",
                numerator=_per_prompt(samples, [counts[entry] for counts in found]),
                denominator=total,
                scale=1000.0,
            )
        )
        for entry in panel.entries
    ]


def _per_prompt(samples: list[Sample], values: Iterable[int]) -> dict[str, float]:
    """A prompt is one unit across the pooled jobs, as it is across repeats."""
    return defaultdict(float, summed(samples, values))


def short(entry: str) -> str:
    return entry if len(entry) <= LONGEST else f"{entry[: LONGEST - 1]}…"


def _caption(findings: Findings) -> str:
    return (
        f"Entries most frequent in Plain's texts, n = {findings.prompts} prompts, pooled over the models and decodings "
        f"that all strategies ran in. {INTERVALS}.{left_out(findings, len(findings.table.groups))}"
    )
