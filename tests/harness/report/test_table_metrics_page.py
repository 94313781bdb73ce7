"""docs/METRICS.md defines exactly the metrics that exist."""

import re
from pathlib import Path

from harness.report.numbers import Speed
from harness.report.render_csv import speed_values
from harness.scoring import SCORERS, Context, Measurement, SetMeasurement, measure
from harness.scoring.readings import Reading, Reference
from harness.scoring.reference import reading_key
from harness.store.records import Sample

PAGE = Path(__file__).parents[3] / "docs" / "METRICS.md"
ROW = re.compile(
    r"^\| `(?P<name>[\w.]+)` (?P<better>[↓↑·])(?P<set> \*set\*)? \| [^|]+ \| (?P<unit>[^|]+) \|", re.MULTILINE
)
ARROWS = {"lower": "↓", "higher": "↑", "neutral": "·"}


def measured() -> dict[str, Measurement]:
    cost = {"forwards": 1, "fed": 1, "kept": 1, "drawn": 1, "discarded": 0, "refed": 0, "rewinds": {}}
    sample = Sample("p", 0, "", "a text", (1,), "eos", (-1.0,), cost, ())
    reading = Reference({}, {reading_key("", "a text"): Reading(6.0, 6)})
    context = Context(phrases=("a",), heldout=("b",), regexes=("c",), trigrams=("a b c",), reference=reading)
    return dict(measure([sample], context, SCORERS))


def test_page_and_code_name_the_same_metrics() -> None:
    """A number without a definition is a rumour; a definition without a number misleads."""
    documented = [match["name"] for match in ROW.finditer(PAGE.read_text(encoding="utf-8"))]
    in_report_only = [f"throughput.{name}" for name in speed_values(Speed(1.0, 1.0, 1.0))]
    assert len(documented) == len(set(documented))
    assert set(documented) == {*measured(), *in_report_only}


def test_page_and_code_agree_on_unit_direction_and_kind() -> None:
    rows = {match["name"]: match for match in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    for name, measurement in measured().items():
        assert rows[name]["unit"] == measurement.unit, name
        assert rows[name]["better"] == ARROWS[measurement.better], name
        assert (rows[name]["set"] is not None) == isinstance(measurement, SetMeasurement), name
