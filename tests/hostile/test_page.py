"""A browser opens the report of a sweep in which everything tries to run: nothing does.

The page's Content-Security-Policy is taken out first, so that it is the escaping which is tested; with it in place, the
same page is opened once more. A page that does not escape shows that these attacks run in this browser.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.report import build_report
from harness.store.records import Sample
from tests.harness.report.conftest import Folder, rewind, sweep_folder, text_sample

__all__ = ["sweep_folder"]

OWN = "document.title='owned';document.documentElement.setAttribute('data-owned','1')"
ATTACKS = {
    "script": f"<script>{OWN}</script>",
    "end_of_script": f"</script><script>{OWN}</script>",
    "comment_in_script": f"<!--<script>{OWN}//-->",
    "image": f'<img src=x onerror="{OWN}">',
    "vector": f'<svg onload="{OWN}"></svg>',
    "attribute": f'" autofocus tabindex=1 onfocus="{OWN}" x="',
    "quote": f"' onmouseover='{OWN}' onfocus='{OWN}' autofocus='",
    "details": f'<details open ontoggle="{OWN}">x</details>',
    "title": f"</title></style></textarea></template><script>{OWN}</script>",
    "template": "{{ cycler.__init__.__globals__.os.mkdir('owned') }}{% raw %}{{ 7 * 7 }}${7*7}",
    "entity": f"&lt;script&gt;{OWN}&lt;/script&gt;",
    "lines": f"\u2028{OWN}\u2029//",
    "refresh": "<meta http-equiv=refresh content='0;url=data:text/html,owned'><base href='https://owned.invalid/'>",
}
ALL = " ".join(ATTACKS.values())
NEEDS = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")


def opened(page: Path, profile: Path) -> str:
    """The document as it stands when everything on the page has run."""
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000", f"--user-data-dir={profile}")
    command = ["chromium", *flags, "--dump-dom", page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def ran(document: str) -> bool:
    head = document.partition("<body")[0]
    return "data-owned=" in head or re.search(r"<title[^>]*>\s*owned", document) is not None


@NEEDS
@pytest.mark.parametrize("name", ["script", "end_of_script", "image", "vector", "details", "title"])
def test_these_attacks_run_where_nothing_is_escaped(name: str, tmp_path: Path) -> None:
    page = tmp_path / "open.html"
    page.write_text(f"<!DOCTYPE html><title>mine</title><body><p>{ATTACKS[name]}</p></body>", encoding="utf-8")
    assert ran(opened(page, tmp_path / "profile"))


@pytest.fixture
def page(sweep_folder: Folder) -> Path:
    """Written by the model, taken back from it, and in every name: prompt, id, phrase, label, model, list, error."""

    def samples() -> list[Sample]:
        return [
            text_sample(
                f"{name}{attack}",
                f"a testament to {attack} shimmering",
                [rewind(6, 2, 3, attack, f"phrase:{attack}"), {"kind": "note", "at": 1, "note": f"passed {attack}"}],
                prompt=attack,
                finish_reason="length",
            )
            for name, attack in ATTACKS.items()
        ]

    named = {"model": ALL, "options": {"ban": ALL}, "label": ALL, "decoding": {"temperature": 1.0, "note": ALL}}
    return build_report(
        sweep_folder(
            ("plain", samples(), {"model": ALL, "options": {}, "decoding": named["decoding"]}),
            ("antislop", samples(), named),
            ("antislop", None, {**named, "error": ALL}),
            sweep_id="s1",
            experiment=ALL,
            phrases={"name": ALL, "digest": ALL, "entries": ["a testament to", ALL, *ATTACKS.values()]},
            heldout={"name": ALL, "digest": ALL, "entries": ["shimmering", ALL]},
            command=["python", ALL],
        )
    )


@NEEDS
@pytest.mark.parametrize("policy", ["with its policy", "without its policy"])
def test_nothing_on_the_page_runs(policy: str, page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "Content-Security-Policy" in text
    if policy == "without its policy":
        text = re.sub(r"<meta http-equiv=\"Content-Security-Policy\".*?>", "", text)
        assert "Content-Security-Policy" not in text.partition("<body")[0]
    copy = tmp_path / "report.html"
    copy.write_text(text, encoding="utf-8")
    document = opened(copy, tmp_path / "profile")
    assert not ran(document)
    assert "Main table" in document
    assert html.escape(ATTACKS["script"], quote=False) in document  # it is there to be read


def test_no_template_looks_into_what_it_shows(page: Path) -> None:
    """What looks like Jinja's is text: neither computed nor called."""
    text = html.unescape(page.read_text(encoding="utf-8"))
    assert "{{ 7 * 7 }}" in text
    assert not (page.parent / "owned").exists()
