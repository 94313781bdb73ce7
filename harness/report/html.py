"""report.html: one file that needs nothing else. Every string in it is other people's text until escaped."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from harness.report.definitions import Definition, definitions
from harness.report.differences import Difference, differences
from harness.report.figures import Picture
from harness.report.findings import Findings
from harness.report.origin import Origin, read_origin
from harness.report.sample_choice import PromptView, choose_samples
from harness.report.sample_json import EmbeddedSamples, embed_samples
from harness.report.sample_view import Struck
from harness.report.script import Script, read_script
from harness.report.shown_samples import ShownSample, ShownSamples
from harness.report.sweep_data import Source
from harness.report.table import Unfinished
from harness.report.table_view import SPELLING, TableView, view_table
from harness.report.waste_table import WasteView, view_waste_table
from harness.visible import visible

# What a mark says when it is pointed at; templates/samples.js has the same names.
LIST_NAMES = {"banned": "banned list", "regex": "regex", "heldout": "held-out list"}


@dataclass(frozen=True)
class Page:
    """All that the template shows."""

    experiment: str
    sweep_id: str
    prompts: str
    embedded: tuple[str, ...]
    has_plain: bool
    has_regexes: bool
    table: TableView
    waste: WasteView
    pictures: tuple[Picture, ...]
    samples: tuple[PromptView, ...]
    embedded_samples: EmbeddedSamples
    unfinished: tuple[Unfinished, ...]
    definitions: tuple[Definition, ...]
    origin: Origin
    sources: tuple[Source, ...]
    differences: tuple[Difference, ...]
    script: Script


def render_html(findings: Findings, pictures: Sequence[Picture]) -> str:
    """The page, as text that is valid UTF-8 whatever a model wrote."""
    return _template().render(page=page(findings, pictures)) + "\n"


def page(findings: Findings, pictures: Sequence[Picture]) -> Page:
    """Everything on the page, as data."""
    sweep = findings.sweep
    samples = ShownSamples(findings)
    measured = {metric for _, metric in findings.numbers.estimates}
    return Page(
        experiment=sweep.experiment,
        sweep_id=sweep.sweep_id,
        prompts=findings.prompts,
        embedded=tuple(sorted({job.model for job in sweep.done if job.embedded})),
        has_plain=bool(findings.numbers.compared),
        has_regexes=any(job.lists.regexes.entries for job in sweep.done),
        table=view_table(findings),
        waste=view_waste_table(findings),
        pictures=tuple(pictures),
        samples=choose_samples(samples),
        embedded_samples=embed_samples(samples),
        unfinished=findings.table.unfinished,
        definitions=tuple(definitions(measured)),
        origin=read_origin(sweep),
        sources=sweep.sources,
        differences=differences(sweep),
        script=read_script(),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["struck"] = lambda piece: isinstance(piece, Struck)
    environment.filters["data_uri"] = _data_uri
    environment.filters["counts"] = counts
    environment.globals["list_names"] = LIST_NAMES
    return environment.get_template("report.html")


def counts(sample: ShownSample) -> str:
    """The line under a text, as templates/samples.js writes it."""
    view = sample.view
    reasons = f" ({'; '.join(view.reasons)})" if view.reasons else ""
    parts = [
        f"{_plural(view.kept, 'token')} kept, {view.drawn} drawn, {_plural(view.rewinds, 'rewind')}{reasons}",
        f"{_plural(view.hidden, 'retraction')} not shown" if view.hidden else "",
        _likelihood(sample),
        f"ended: {view.finish_reason}",
        *view.notes,
    ]
    return "; ".join(filter(None, parts))


def _likelihood(sample: ShownSample) -> str:
    if sample.logprob is None:
        return ""
    number = f"log-prob/token {SPELLING.number(sample.logprob, 3)}"
    if sample.loss is None:
        return number
    return f"{number}, {abs(sample.loss):.3f} {'above' if sample.loss < 0 else 'below'} Plain's"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _shown(value: object) -> object:
    """Every printed value: acting characters made visible. Markup is what a macro has escaped already."""
    return value if isinstance(value, Markup) else visible(str(value))


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
