"""A model may write anything. None of it may run, restyle the page, or reach out."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from harness.report import build_report
from harness.store.records import Sample
from harness.visible import visible
from tests.harness.report.conftest import Folder, rewind, text_sample

SCRIPT = "<script>document.title='owned'</script>"
ATTACKS = (
    f'</style></title></textarea>{SCRIPT}<img src=x onerror="document.title=`owned`">',
    f"\"' onmouseover='document.title=1' {{{{ 7 * 7 }}}} {{% raw %}} <!-- {SCRIPT} ]]>",
    "\x1b[2J\x1b]0;owned\x07 \u202egnp.exe\u2066 \x00",
)
TAGS = (
    "html head meta title style body header nav main section div article details summary figure figcaption img table "
    "thead tbody tr th td h1 h2 h3 h4 p a span small b code del mark sup ul li dl dt dd caption script "
    "form label select option input button fieldset legend datalist"
)
ATTRIBUTES = (
    "lang charset name content http-equiv class id style title href src alt width scope colspan open tabindex role "
    "aria-label aria-describedby dir hidden type name list value autocomplete spellcheck placeholder"
)


class Elements(HTMLParser):
    """All start tags with their attributes, and the text by innermost element."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def samples() -> list[Sample]:
    return [
        text_sample(
            f"p{index}{attack}",
            f"a testament to {attack} shimmering",
            [rewind(6, 2, 3, attack, f"phrase:{attack}"), {"kind": "note", "at": 1, "note": f"passed {attack}"}],
            prompt=attack,
            finish_reason="length",
        )
        for index, attack in enumerate(ATTACKS)
    ]


@pytest.fixture
def page(sweep_folder: Folder) -> Path:
    everywhere = " ".join(ATTACKS[:2])
    fields = {"model": everywhere, "options": {"ban": everywhere}, "label": everywhere}
    phrases = {"name": everywhere, "digest": everywhere, "entries": ["a testament to", "$\\frac", everywhere]}
    failed = {**fields, "error": everywhere}
    return build_report(
        sweep_folder(
            ("plain", samples(), {"model": everywhere, "options": {}}),
            ("antislop", samples(), fields),
            ("antislop", None, failed),
            experiment=everywhere,
            phrases=phrases,
            command=["python", everywhere],
        )
    )


def test_only_our_own_elements_and_attributes_are_on_the_page(page: Path) -> None:
    elements = Elements()
    elements.feed(page.read_text(encoding="utf-8"))
    assert {tag for tag, _ in elements.found} <= set(TAGS.split())
    assert {name for _, attributes in elements.found for name in attributes} <= set(ATTRIBUTES.split())
    assert sum(tag == "style" for tag, _ in elements.found) == 1
    scripts = [attributes for tag, attributes in elements.found if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    styles = [attributes["style"] for _, attributes in elements.found if "style" in attributes]
    assert all(re.fullmatch(r"(background|border-top-color):#[0-9A-F]{6}", str(style)) for style in styles)


def test_the_attack_is_there_to_be_read(page: Path) -> None:
    """Escaped, not removed: a reader must see what the model wrote."""
    elements = Elements()
    elements.feed(page.read_text(encoding="utf-8"))
    text = "".join(elements.texts)
    assert f" {ATTACKS[0]} " in text
    assert f" {ATTACKS[1]} " in text
    assert f" {visible(ATTACKS[2])} " in text


def test_the_page_reaches_out_to_nothing(page: Path) -> None:
    elements = Elements()
    elements.feed(page.read_text(encoding="utf-8"))
    links = [
        str(attributes[name]) for _, attributes in elements.found for name in ("href", "src") if name in attributes
    ]
    assert links
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
    assert "@import" not in page.read_text(encoding="utf-8")


def test_acting_characters_are_shown_not_obeyed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "␛[2J" in text
    assert "⟨U+202E⟩" in text


def test_half_a_surrogate_pair_does_not_stop_the_page_from_being_written() -> None:
    assert visible("half \ud83d").encode() == "half ⟨U+D83D⟩".encode()


@pytest.mark.parametrize("text", ["line\nbreak\ttab", "naïve café – “quoted” … 🙂 שלום 日本"])
def test_harmless_text_is_left_alone(text: str) -> None:
    assert visible(text) == text


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
def test_a_browser_runs_nothing(page: Path, tmp_path: Path) -> None:
    """Without the page's Content-Security-Policy, so that the escaping is what is tested."""
    text = page.read_text(encoding="utf-8")
    bare = tmp_path / "bare.html"
    bare.write_text(re.sub(r"<meta http-equiv.*?>", "", text), encoding="utf-8")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom")
    command = ["chromium", *flags, bare.as_uri()]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    elements = Elements()
    elements.feed(dumped)
    assert not {"iframe", "object"} & {tag for tag, _ in elements.found}
    assert sum(tag == "script" for tag, _ in elements.found) == 2
    assert {name for _, attributes in elements.found for name in attributes if name.startswith("on")} == set()
    assert "<title>owned" not in dumped
    assert "Main table" in dumped
    assert "Prompts 1 to 3 of 3" in dumped  # the page's own script has run, and made its elements of these texts
