"""The documentation as a site, the notebook as it is executed, the citation as tools read it."""

from __future__ import annotations

import re
import sys
from urllib.parse import unquote

import nbformat
import pytest
import yaml
from nbclient import NotebookClient

from tests.packaging.conftest import ROOT, run

NOTEBOOKS = sorted((ROOT / "docs/notebooks").glob("*.ipynb"))


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_asks_no_other_host(tmp_path):
    """Guards: a broken link, a name without a docstring page, a font or script from somebody's CDN."""
    run([sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)], ROOT)
    pages = list(tmp_path.rglob("*.html"))
    assert (tmp_path / "experiments/soft_ban/index.html") in pages
    assert 'id="sampler.BacktrackSampler.generate"' in (tmp_path / "reference/sampler.html").read_text()
    loaded = re.compile(r'<(?:script|link|img)[^>]+(?:src|href)="?(https?://[^">\s]+)')
    assert {host for page in pages for host in loaded.findall(page.read_text())} == set()
    assert dead_links(pages) == []  # --strict says nothing of pages that are named and left out


def dead_links(pages):
    """Links of the site's pages to files that it does not have; the page for a wrong address names them by the root."""
    targets = [
        (page.name, target)
        for page in pages
        if page.name != "404.html"
        for target in re.findall(r'href="?([^">\s#?]+)', page.read_text())
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / unquote(target)).exists()
    ]
    return sorted(set(targets))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_notebook_runs_to_its_table(path, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    (table,) = (
        out["data"]["text/plain"]
        for cell in notebook.cells
        for out in cell.get("outputs", [])
        if out.output_type == "execute_result"
    )
    # What libraries say on stderr may name files of theirs: one reason why outputs are not committed.
    said = str([out for cell in notebook.cells for out in cell.get("outputs", []) if out.get("name") != "stderr"])
    assert [path for path in (str(ROOT), str(tmp_path), sys.executable) if path in said] == []
    assert [line.split()[0] for line in table.splitlines()[2:]] == ["antislop", "plain", "token_ban"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_committed_without_outputs(path):
    """Guards: numbers of an older version, and paths of somebody's machine."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [cell for cell in notebook.cells if cell.get("outputs") or cell.get("execution_count")] == []


def test_the_citation_is_of_this_version():
    """The fields that the format (1.2.0) requires, and the version of the changelog's top."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["authors"] == [{"name": "The backtrack-harness authors"}]
    assert f"## {citation['version']}" in (ROOT / "CHANGELOG.md").read_text()
    assert citation["license"] == "MIT"
