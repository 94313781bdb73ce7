"""report.html: one file that needs nothing else. Every string in it is other people's text until escaped."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from harness.report.definitions import Definition, definitions
from harness.report.figures import Picture
from harness.report.findings import Findings
from harness.report.origin import Origin, read_origin
from harness.report.sample_choice import SampleGroup, choose_samples
from harness.report.sample_view import Struck
from harness.report.table import Unfinished
from harness.report.table_view import SPELLING, TableView, view_table
from harness.report.waste_view import CAPTION, HEADS, WasteGroup, view_waste
from harness.visible import visible


@dataclass(frozen=True)
class WasteView:
    """The section "Where the waste is"."""

    heads: tuple[str, ...]
    groups: tuple[WasteGroup, ...]
    caption: str


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
    samples: tuple[SampleGroup, ...]
    unfinished: tuple[Unfinished, ...]
    definitions: tuple[Definition, ...]
    origin: Origin


def render_html(findings: Findings, pictures: Sequence[Picture]) -> str:
    """The page, as text that is valid UTF-8 whatever a model wrote."""
    return _template().render(page=page(findings, pictures)) + "\n"


def page(findings: Findings, pictures: Sequence[Picture]) -> Page:
    """Everything on the page, as data."""
    sweep = findings.sweep
    measured = {metric for _, metric in findings.numbers.estimates}
    return Page(
        experiment=sweep.experiment,
        sweep_id=sweep.sweep_id,
        prompts=findings.prompts,
        embedded=tuple(sorted({job.model for job in sweep.done if job.embedded})),
        has_plain=bool(findings.numbers.compared),
        has_regexes=bool(sweep.regexes.entries),
        table=view_table(findings),
        waste=WasteView(HEADS, view_waste(findings, SPELLING), CAPTION),
        pictures=tuple(pictures),
        samples=tuple(choose_samples(findings)) if sweep.done else (),
        unfinished=findings.table.unfinished,
        definitions=tuple(definitions(measured)),
        origin=read_origin(sweep),
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
    return environment.get_template("report.html")


def _shown(value: object) -> object:
    """Every printed value: acting characters made visible. Markup is what a macro has escaped already."""
    return value if isinstance(value, Markup) else visible(str(value))


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
