"""The page as a whole: labels, contrast in light and dark, print, a narrow window, and no script but its own."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Error, expect

from tests.browser.conftest import Open

READABLE = 4.5  # WCAG 2.2, 1.4.3: contrast of text of ordinary size
TEXTS = (
    "body",
    ".caption",
    "a",
    ".counts",
    "del",
    "mark.banned",
    "mark.heldout",
    "form label",
    ".value",
    "small",
    ".id",
)

ROLES: tuple[Literal["combobox", "searchbox", "checkbox", "button", "link", "table", "region", "img"], ...] = (
    *("combobox", "searchbox", "checkbox", "button", "link", "table", "region", "img"),
)

LUMINANCE = """selector => {
    const element = document.querySelector(`main ${selector}`) ?? document.querySelector(selector);
    const colours = style => style.match(/[\\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    let behind = element;
    while ((colours(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement;
    const [text, back] = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor];
    return [luminance(colours(text)), luminance(colours(back))];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(opened: Open, scheme: str) -> None:
    page = opened(color_scheme=scheme)
    for selector in TEXTS:
        low, high = sorted(page.evaluate(LUMINANCE, selector))
        assert (high + 0.05) / (low + 0.05) >= READABLE, selector


def test_dark_is_dark_and_light_is_light(opened: Open) -> None:
    backs = {scheme: opened(color_scheme=scheme).evaluate(LUMINANCE, "body")[1] for scheme in ("light", "dark")}
    assert backs["dark"] < 0.1 < 0.9 < backs["light"]


def test_a_browser_that_prefers_dark_prints_black_on_white(opened: Open) -> None:
    page = opened(color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    text, back = page.evaluate(LUMINANCE, "h2")
    assert (text, back) == (0.0, 1.0)


def test_on_paper_there_is_nothing_to_click_and_nothing_cut_off(opened: Open) -> None:
    page = opened()
    page.set_viewport_size({"width": 690, "height": 1000})  # A4 less its margins, in CSS pixels
    page.emulate_media(media="print")
    for selector in ("#filters", ".pager >> nth=0", "header nav", ".skip", ".link >> nth=0"):
        expect(page.locator(selector)).to_be_hidden()
    for name in ("Strategies by model and decoding", "Wasted work"):
        box = page.get_by_role("table", name=name).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 690
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_a_narrow_window_scrolls_its_tables_and_nothing_else(opened: Open) -> None:
    page = opened()
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("[name=setting] option").first.evaluate(
        "option => { option.text = 'tiny, temperature 1.0, '.repeat(9); }"
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    region = page.get_by_role("region", name="Strategies by model and decoding")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert region.evaluate("region => region.scrollLeft") > 0


def test_everything_has_a_name(opened: Open) -> None:
    page = opened()
    for role in ROLES:
        assert page.get_by_role(role).count() == page.get_by_role(role, name=re.compile(r"\S")).count() > 0, role


def test_every_cell_of_a_head_says_what_it_heads(opened: Open) -> None:
    page = opened()
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("table:not(:has(caption))").count() == 0
    assert page.get_by_role("status").count() == 1
    levels = [int(level) for level in page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(h => h.tagName[1])")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_tab_leads_to_the_table_first(opened: Open) -> None:
    page = opened()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the table")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Strategies by model and decoding")).to_be_in_viewport()


def test_what_has_the_focus_is_seen_to_have_it(opened: Open) -> None:
    page = opened()
    for _ in range(14):
        page.keyboard.press("Tab")
        style = page.evaluate("(s => [s.outlineStyle, s.outlineWidth])(getComputedStyle(document.activeElement))")
        assert style[0] != "none"
        assert style[1] != "0px"


def test_no_script_runs_but_the_pages_own(chromium: Browser, report: Path) -> None:
    """Should an escape ever fail, the page's policy is a second wall: it allows its script by hash, and no other."""
    page = chromium.new_page()
    page.goto(report.as_uri())
    with pytest.raises(Error, match="Content Security Policy"):
        page.add_script_tag(content="document.title = 'owned'")
    assert "owned" not in page.title()
    page.close()
