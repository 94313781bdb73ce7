"""The code of the how-to pages runs as it stands there."""

from __future__ import annotations

import re

import pytest

from harness.scoring import SCORERS, Context, measure, registry
from harness.store.records import Sample
from tests.packaging.conftest import ROOT


def code_of(page):
    return re.search(r"```python[^\n]*\n(.*?)```", (ROOT / "docs/how-to" / page).read_text(), flags=re.DOTALL)[1]


def test_the_library_page_draws_texts_from_any_folder(tmp_path, monkeypatch, capsys):
    """Guards: an example that finds the embedded model in a clone only."""
    monkeypatch.chdir(tmp_path)
    exec(code_of("use-as-a-library.md"), {})
    assert len(capsys.readouterr().out.strip().splitlines()) >= 2


@pytest.fixture
def shelf(monkeypatch):
    monkeypatch.setattr(registry, "SCORERS", SCORERS | {})
    return registry.SCORERS


def test_the_pages_metric_is_a_metric(shelf):
    exec(code_of("add-a-metric.md"), {})
    sample = Sample("p", 0, "Who?", "Why now? Because. Why?", (1,), "length", (None,), {}, ())
    measured = measure([sample], Context(), ["questions"])["questions.marks_per_1k_words"]
    assert measured.scale * measured.numerator["p"] / measured.denominator["p"] == pytest.approx(2000 / 4)
