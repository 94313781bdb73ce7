"""The main table, from job folders on disk through the statistics to Markdown, LaTeX and CSV."""

import csv
import io
import os
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InputError
from harness.report.numbers import numbers
from harness.report.render_csv import FIELDS, render_csv
from harness.report.render_latex import escape as escape_latex
from harness.report.render_latex import render_latex
from harness.report.render_markdown import escape as escape_markdown
from harness.report.render_markdown import render_markdown
from harness.report.sweep_data import SweepData, read_sweep
from harness.report.table import MainTable, Row, main_table
from harness.store.records import Sample, write_json, write_samples

CLAUSES = ("the wind rose and", "an old dog slept by", "she counted seven stones near", "rain fell on every roof of")
SLOP = "it was a testament to"
PROMPTS = 24
SWEEP = Path("reports/x/s1")

Write = Callable[..., dict[str, Any]]


@pytest.fixture
def job(tmp_path: Path) -> Write:
    """Writes a finished job's folder and returns its entry of sweep.json."""

    def write(
        job_id: str,
        strategy: str,
        slop: int = 0,
        price: float = 0.0,
        seconds: float = 1.0,
        noise: float = 0.0,
        words: int | None = None,
        **fields: Any,
    ) -> dict[str, Any]:
        folder = tmp_path / "runs/x" / job_id
        samples = [sample(f"p{index:02d}", slop, price, noise) for index in range(PROMPTS)]
        samples[::2] = [replace(found, text=" ".join(found.text.split()[:words])) for found in samples[::2]]
        write_samples(folder / "samples.jsonl", samples)
        write_json(folder / "status.json", {"state": "done", "error": None, "samples": PROMPTS, "selected": PROMPTS})
        write_json(folder / "timing.json", {"segments": [segment(seconds * factor) for factor in (1, 2, 4)]})
        return {
            "job_id": job_id,
            "folder": os.path.relpath(folder, tmp_path / SWEEP),
            "model": "inkling_2m",
            "strategy": strategy,
            "options": {},
            "decoding": {"temperature": 1.0, "top_k": 0},
            "seed": 0,
            "label": " ".join([strategy, *(f"{key}={value}" for key, value in fields.get("options", {}).items())]),
            "state": "done",
            "error": None,
            **fields,
        }

    return write


@pytest.fixture
def sweep(tmp_path: Path) -> Callable[..., SweepData]:
    """Writes sweep.json and reads the sweep."""

    def read(*jobs: Mapping[str, Any], **fields: Any) -> SweepData:
        content = {
            "schema": 1,
            "sweep_id": "s1",
            "experiment": "x",
            "jobs": jobs,
            "phrases": {"name": "mine", "digest": "0", "entries": ["a testament to"]},
            "heldout": {"name": "other", "digest": "1", "entries": ["old dog"]},
            "command": ["python", "-m", "harness"],
        }
        write_json(tmp_path / SWEEP / "sweep.json", {**content, **fields})
        return read_sweep(tmp_path / SWEEP)

    return read


def sample(prompt_id: str, slop: int, price: float, noise: float = 0.0) -> Sample:
    """Twenty clauses, up to `slop` of them the banned one; mean log-probability about -1.5 - `price`.

    `noise` is how far prompts depart from that price, in tenths of a nat.
    """
    generator = random.Random(prompt_id)
    paid = price + noise * random.Random(f"{prompt_id} price").uniform(-0.1, 0.1)
    logprobs = [-1.5 - paid + generator.uniform(-0.1, 0.1)] * 60
    clauses = [generator.choice(CLAUSES) for _ in range(20)]
    for _ in range(generator.randint(1, slop) if slop else 0):
        clauses[generator.randrange(20)] = SLOP
    cost = {"forwards": 61, "fed": 64, "kept": 60, "drawn": 63, "discarded": 3, "refed": 0, "rewinds": {}}
    event = {"kind": "rewind", "at": 9, "to": 6, "why": "phrase:a testament to", "char": 0, "text": SLOP}
    return Sample(prompt_id, 0, "Once", " ".join(clauses), tuple(range(60)), "length", logprobs, cost, [event])


def segment(seconds: float) -> dict[str, float]:
    return {"seconds": seconds, "forwards": 61, "kept": 100, "drawn": 105, "samples": 8}


def table_of(data: SweepData) -> MainTable:
    return main_table(data, numbers(data))


def row(table: MainTable, name: str) -> Row:
    return next(row for group in table.groups for row in group.rows if row.name == name)


def values(text: str, job_id: str) -> dict[str, dict[str, str]]:
    """Metric → CSV record of a job."""
    return {record["metric"]: record for record in csv.DictReader(io.StringIO(text)) if record["job_id"] == job_id}


def test_the_ban_shows_with_its_price(job: Write, sweep: Callable[..., SweepData]) -> None:
    table = table_of(sweep(job("a", "plain", slop=3), job("b", "antislop", price=0.4, seconds=2.0)))
    banned, plain = row(table, "antislop"), row(table, "plain")
    hits = banned.cell("slop.hits_per_1k_words")
    assert hits is not None
    assert hits.estimate.value == 0.0
    assert hits.estimate.interval is not None
    assert hits.estimate.interval.method == "rule_of_three"
    assert hits.marker == "*"
    assert banned.logprob is not None
    assert banned.logprob.difference == pytest.approx(-0.4)
    assert banned.logprob.equivalence is not None
    assert banned.logprob.equivalence.verdict == "lower"
    assert banned.speed is not None
    assert (banned.speed.ratio, banned.speed.low, banned.speed.high) == pytest.approx((0.5, 0.25, 1.0))
    assert plain.speed is None
    assert plain.logprob is None
    assert all(cell.compared is None for cell in plain.cells)
    assert (banned.prompts, banned.texts) == (PROMPTS, PROMPTS)


def test_an_equal_arm_gets_no_star(job: Write, sweep: Callable[..., SweepData]) -> None:
    table = table_of(sweep(job("a", "plain", slop=3), job("b", "antislop", slop=3)))
    assert [cell.marker for cell in row(table, "antislop").cells] == [""] * len(table.columns)


@pytest.mark.parametrize("other", [{"model": "other"}, {"decoding": {"temperature": 0.7, "top_k": 0}}, {"seed": 1}])
def test_plain_of_another_setting_is_no_control(
    job: Write, sweep: Callable[..., SweepData], other: dict[str, Any]
) -> None:
    """A temperature's effect must never be booked on a strategy."""
    data = sweep(job("a", "plain", **other), job("b", "antislop"))
    table = main_table(data, numbers(data))
    assert len(table.groups) == 2
    assert "nothing is compared" in table.caption
    assert row(table, "antislop").speed is None
    assert values(render_csv(data, numbers(data)), "b")["slop.hits_per_1k_words"]["control_job_id"] == ""


def test_options_tell_arms_apart(job: Write, sweep: Callable[..., SweepData]) -> None:
    table = table_of(sweep(job("a", "antislop"), job("b", "antislop", options={"ban": "soft", "strength": 0.5})))
    assert [row.name for row in table.groups[0].rows] == ["antislop", "antislop ban=soft strength=0.5"]


def test_groups_name_what_differs(job: Write, sweep: Callable[..., SweepData]) -> None:
    cold = {"temperature": 0.7, "top_k": 0}
    table = table_of(
        sweep(job("a", "plain"), job("b", "plain", decoding=cold), job("c", "plain", model="inkling_500k"))
    )
    titles = [group.title for group in table.groups]
    assert titles == ["inkling_2m, temperature 1.0", "inkling_2m, temperature 0.7", "inkling_500k, temperature 1.0"]


def test_failed_jobs_are_listed_not_hidden(job: Write, sweep: Callable[..., SweepData]) -> None:
    data = sweep(job("a", "plain"), job("b", "antislop", state="failed", error="RuntimeError: <b>&\n", label="b"))
    table = table_of(data)
    assert [unfinished.label for unfinished in table.unfinished] == ["b"]
    assert [found.name for group in table.groups for found in group.rows] == ["plain"]
    assert r"- b: failed RuntimeError: \<b\>\&" in render_markdown(table)
    assert "b (failed)" in render_latex(table)


def test_without_heldout_list_there_is_no_such_column(job: Write, sweep: Callable[..., SweepData]) -> None:
    table = table_of(sweep(job("a", "plain"), heldout=None))
    assert "slop.heldout_hits_per_1k_words" not in [column.metric for column in table.columns]
    assert "held-out" not in table.caption


def test_regexes_have_a_column_and_a_place_in_the_caption(job: Write, sweep: Callable[..., SweepData]) -> None:
    assert "regexes" not in table_of(sweep(job("a", "plain"))).caption
    regexes = {"name": "patterns", "digest": "2", "entries": [r"old d\w+"]}
    table = table_of(sweep(job("a", "plain"), regexes=regexes))
    titles = [column.title for column in table.columns]
    assert titles[:3] == ["slop/1k words, banned", "slop/1k words, regexes", "slop/1k words, held-out"]
    assert "regexes patterns (1 entries)" in table.caption


def test_without_any_list_the_rest_is_still_told(job: Write, sweep: Callable[..., SweepData]) -> None:
    table = table_of(sweep(job("a", "plain"), phrases=None, heldout=None))
    assert not [column for column in table.columns if column.metric.startswith("slop.")]
    assert "no lists" in table.caption


def test_a_sweep_without_a_finished_job_has_an_empty_table(job: Write, sweep: Callable[..., SweepData]) -> None:
    table = table_of(sweep(job("a", "plain", state="failed", error="no memory")))
    assert table.groups == ()
    assert "no memory" in render_markdown(table)


def test_declared_family_decides_the_correction(job: Write, sweep: Callable[..., SweepData]) -> None:
    data = sweep(job("a", "plain", slop=3), job("b", "antislop"), primary_metrics=["diversity.rep_4"])
    records = values(render_csv(data, numbers(data)), "b")
    assert records["diversity.rep_4"]["correction"] == "holm"
    assert records["diversity.rep_4"]["p_adjusted"] == records["diversity.rep_4"]["p"]
    assert records["slop.hits_per_1k_words"]["correction"] == "benjamini_hochberg"


def test_csv_says_what_the_table_says(job: Write, sweep: Callable[..., SweepData]) -> None:
    data = sweep(job("a", "plain", slop=3), job("b", "antislop", price=0.4, seconds=2.0))
    found = numbers(data)
    text = render_csv(data, found)
    assert next(csv.reader(io.StringIO(text))) == list(FIELDS)
    records = values(text, "b")
    logprob = found.estimates["b", "fluency.logprob_per_token"]
    assert logprob.interval is not None
    assert float(records["fluency.logprob_per_token"]["value"]) == logprob.value
    assert float(records["fluency.logprob_per_token"]["ci_low"]) == logprob.interval.low
    assert float(records["fluency.logprob_per_token"]["difference"]) == pytest.approx(-0.4)
    assert float(records["throughput.tok_per_s_ratio"]["value"]) == pytest.approx(0.5)
    assert records["diversity.mattr_500"]["value"] == ""
    assert records["diversity.mattr_500"]["reason"] == "no text has 500 words"


def test_markdown_is_a_whole_table(job: Write, sweep: Callable[..., SweepData]) -> None:
    text = render_markdown(table_of(sweep(job("a", "plain", slop=3), job("b", "antislop", price=0.4))))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len({line.count(" | ") for line in lines}) == 1
    assert r"| antislop | 0.00\* [0 of 2," in lines[3]
    assert ": below " in lines[3]
    assert "−0.400 [" in lines[3]
    assert "10,000 resamples" in text
    assert "24 prompts" in text


def test_the_caption_says_what_could_have_been_found(job: Write, sweep: Callable[..., SweepData]) -> None:
    """ "No difference" from 24 prompts means little; the reader must see how little."""
    data = sweep(job("a", "plain", slop=3), job("b", "antislop", price=0.4))
    found = numbers(data)
    text = main_table(data, found).caption
    detectable = found.compared["b", "slop.hits_per_1k_words"].comparison.detectable
    assert "d_z of 0.57 (2.80/√n, n = 24)" in text
    assert f"slop.hits_per_1k_words {detectable:.2g} hits/1k words" in text
    assert "before looking (fluency.logprob_per_token ±0.05 nats/token): shown where the 90% interval" in text


@pytest.mark.parametrize(("price", "verdict"), [(0.0, "shown"), (0.4, "lower"), (-0.4, "higher"), (0.04, "not shown")])
def test_a_price_within_the_margin_is_said_to_be_so(
    job: Write, sweep: Callable[..., SweepData], price: float, verdict: str
) -> None:
    data = sweep(job("a", "plain", slop=3), job("b", "antislop", price=price, noise=1.0))
    found = numbers(data)
    assert f"], {verdict} |" in render_markdown(main_table(data, found))
    record = values(render_csv(data, found), "b")["fluency.logprob_per_token"]
    assert (record["margin"], record["equivalence"]) == ("0.05", verdict)
    assert values(render_csv(data, found), "b")["slop.hits_per_1k_words"]["equivalence"] == ""


def test_the_margins_of_the_sweep_are_those_that_count(job: Write, sweep: Callable[..., SweepData]) -> None:
    """Whatever metric they are of; and one that the sweep does not state is not held against it."""
    arms = job("a", "plain", slop=3), job("b", "antislop", price=0.4)
    data = sweep(*arms, margins={"slop.hits_per_1k_words": 1e6})
    found = numbers(data)
    records = values(render_csv(data, found), "b")
    assert records["slop.hits_per_1k_words"]["equivalence"] == "shown"
    assert records["fluency.logprob_per_token"]["equivalence"] == ""
    assert "(slop.hits_per_1k_words ±1e+06 hits/1k words)" in main_table(data, found).caption
    silent = sweep(*arms, margins={})
    assert "Equivalence" not in main_table(silent, numbers(silent)).caption


def test_a_cell_that_rests_on_fewer_prompts_says_so(job: Write, sweep: Callable[..., SweepData]) -> None:
    """Half of the texts too short for MATTR-50: the row's n is not the cell's."""
    data = sweep(job("a", "plain", words=20))
    text = render_markdown(main_table(data, numbers(data)))
    assert "(n = 12)" in text
    assert text.count("(n = ") == 2  # distinct-2 is cut to as many words


def test_every_column_of_the_csv_is_defined() -> None:
    """A number without a definition is a rumour."""
    page = (Path(__file__).parents[3] / "docs" / "STATISTICS.md").read_text(encoding="utf-8")
    defined = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`\w+`.*?) \|", page, re.MULTILINE)))
    assert tuple(defined) == FIELDS


def test_latex_is_a_whole_table(job: Write, sweep: Callable[..., SweepData]) -> None:
    text = render_latex(table_of(sweep(job("a", "plain", slop=3), job("b", "antislop", options={"ban": "soft_50%"}))))
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    rows = [line for line in body.splitlines() if line.endswith(r"\\")]
    columns = re.search(r"tabular}{p{30mm}(r+)}", text)
    assert columns is not None
    assert {line.count("&") for line in rows} == {len(columns.group(1))}
    assert r"ban=\allowbreak{}soft\_\allowbreak{}50\%" in text
    assert r"\label{tab:x-s1}" in text
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("text", "markdown", "latex"),
    [
        ("a_b|_c_", r"a_b\|\_c\_", r"a\_b\textbar{}\_c\_"),
        ("<script>&", r"\<script\>\&", r"\textless{}script\textgreater{}\&"),
        ("50% of $x^2$", r"50% of $x^2$", r"50\% of \$x\textasciicircum{}2\$"),
        ("line\nbreak\x1b[31m", r"line break\[31m", "line break?{[}31m"),
        ("\\end{table}", r"\\end{table}", r"\textbackslash{}end\{table\}"),
    ],
)
def test_hostile_names_stay_text(text: str, markdown: str, latex: str) -> None:
    """Model names and options come from the command line and land in files that are rendered."""
    assert escape_markdown(text) == markdown
    assert escape_latex(text) == latex


def test_same_folders_same_bytes(job: Write, sweep: Callable[..., SweepData]) -> None:
    jobs = [job("a", "plain", slop=3), job("b", "antislop")]
    first, again = sweep(*jobs), sweep(*jobs)
    assert render_csv(first, numbers(first)) == render_csv(again, numbers(again))


def test_embedded_models_are_said_to_be_so(job: Write, sweep: Callable[..., SweepData]) -> None:
    """A toy's numbers without that sentence get quoted as findings."""
    assert "illustrate the method" in table_of(sweep(job("a", "plain", embedded=True))).caption
    assert "illustrate the method" not in table_of(sweep(job("a", "plain", embedded=False))).caption


@pytest.mark.parametrize("fields", [{"schema": 2}, {"jobs": [{"state": "failed", "folder": "x"}]}])
def test_a_sweep_of_another_shape_is_one_line(sweep: Callable[..., SweepData], fields: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"sweep\.json"):
        sweep(**fields)


def test_a_folder_without_a_sweep_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no sweep\.json"):
        read_sweep(tmp_path)
