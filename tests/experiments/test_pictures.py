"""The pictures of the documentation: a real sweep, a real MLflow server, and pages that say what they should."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from experiments.pictures.__main__ import look

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium: apt-get install chromium"),
]
SMALL = ("strategy=plain,antislop/soft", "dataset.limit=4", "decoding.max_new_tokens=40")
METRIC = "slop.hits_per_1k_words"


@pytest.fixture(scope="module")
def into(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def said(into: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Picture → what its page says."""
    return dict(look(tmp_path_factory.mktemp("sweep"), into, SMALL))


def test_jobs_lie_below_their_sweep_under_names_that_tell_them_apart(said: dict[str, str]) -> None:
    page = said["mlflow_runs"]
    for name in ("soft 0.1 antislop", "plain T=0.7", "plain T=1.0", "sweep ", "inkling_prompts"):
        assert name in page
    assert "does a strategy remove the slop" in page


def test_the_saved_view_has_the_jobs_and_the_primary_metrics(said: dict[str, str]) -> None:
    for name in ("soft 0.1 antislop T=1.0", METRIC, "slop.heldout_hits_per_1k_words", "4 matching runs"):
        assert name in said["mlflow_table"]
    for name in ("Parallel Coordinates", f"cost.forwards_per_kept vs. {METRIC}", "primary metrics", "interval"):
        assert name in said["mlflow_charts"]


def test_a_sweeps_page_has_links_and_numbers_with_intervals(said: dict[str, str]) -> None:
    page = said["mlflow_sweep"]
    assert "its jobs in a table · as charts · the report" in page
    assert "soft 0.1 antislop T=0.7" in page
    assert "[" in page.partition("mattr_50")[2]


def test_a_jobs_page_says_what_it_read(said: dict[str, str]) -> None:
    page = said["mlflow_job"]
    for name in ("Datasets", "inkling_prompts (", "Prompts", "antislop ban=soft strength=0.1", "provenance."):
        assert name in page
    for name in ("3 datasets used", "inkling_prompts (", "inkling_banned (", "inkling_heldout (", "rows"):
        assert name in said["mlflow_datasets"]


def test_the_report_works_in_the_artifact_pane(said: dict[str, str]) -> None:
    """MLflow shows it in a sandbox: what its scripts write is there, or it would be a bare table."""
    for name in ("Main table", "inkling_500k is a small model", "Sample texts", "Prompts 1"):
        assert name in said["mlflow_report"]


def test_the_card_says_what_the_strategy_is(said: dict[str, str]) -> None:
    for name in ("AntiSlop in strategies/antislop.py", "rejection sampling", "rewind_to"):
        assert name in said["mlflow_card"]


def test_the_compare_page_chooses_what_varies(said: dict[str, str]) -> None:
    page = said["mlflow_compare"]
    for name in ("Comparing 4 Runs from 1 Experiment", "arm", "decoding.temperature", METRIC, "soft 0.1 a"):
        assert name in page


def test_pictures_are_whole_and_small(said: dict[str, str], into: Path) -> None:
    """An empty page is one colour; a page of the documentation is no place for megabytes."""
    assert {path.stem for path in into.iterdir()} == set(said)
    for path in into.iterdir():
        with Image.open(path) as picture:
            assert picture.width == 1280
            assert len(picture.convert("RGB").getcolors(1 << 20) or range(1 << 20)) > 50
        assert path.stat().st_size < 200_000
