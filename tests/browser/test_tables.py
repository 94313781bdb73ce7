"""The tables, with a mouse and without one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open

COST = "forwards/kept"


def main(page: Page) -> Locator:
    return page.get_by_role("table", name="Strategies by model and decoding")


def column(page: Page, title: str) -> list[list[str]]:
    """The first line of each cell under a head, group by group."""
    return main(page).evaluate(
        """(table, title) => {
            const heads = [...table.tHead.rows[0].cells].map(head => head.innerText.replaceAll("‑", "-").trim());
            const place = heads.findIndex(head => head.startsWith(title));
            return [...table.tBodies].map(body => [...body.rows].slice(1)
                .map(row => row.cells[place].innerText.trim().split("\\n")[0]));
        }""",
        title,
    )


def head(page: Page, title: str) -> Locator:
    return main(page).get_by_role("columnheader").filter(has_text=title.replace("-", "‑"))


def numbers(texts: list[str]) -> list[float]:
    return [float(text.replace("−", "-").rstrip("*")) for text in texts if text != "–"]


@pytest.mark.parametrize("act", ["click", "Enter", "Space"])
def test_a_head_sorts_its_column_within_each_group_and_a_third_time_puts_it_back(opened: Open, act: str) -> None:
    page = opened()
    before = column(page, "log-prob/token")
    button = head(page, "log-prob").get_by_role("button")

    def press() -> None:
        if act == "click":
            button.click()
        else:
            button.focus()
            page.keyboard.press(act)

    states = []
    for _ in range(3):
        press()
        states.append((head(page, "log-prob").get_attribute("aria-sort"), column(page, "log-prob/token")))
    (up, rising), (down, falling), (off, restored) = states
    assert (up, down, off) == ("ascending", "descending", "none")
    for group in range(2):
        assert numbers(rising[group]) == sorted(numbers(before[group]))
        assert numbers(falling[group]) == sorted(numbers(before[group]), reverse=True)
    assert restored == before
    assert rising != before


def test_one_column_at_a_time_says_that_it_is_sorted(opened: Open) -> None:
    page = opened()
    head(page, "log-prob").get_by_role("button").click()
    head(page, COST).get_by_role("button").click()
    assert head(page, "log-prob").get_attribute("aria-sort") == "none"
    assert head(page, COST).get_attribute("aria-sort") == "ascending"


def test_numbers_that_do_not_exist_come_last_either_way(opened: Open) -> None:
    page = opened()
    button = head(page, "tok/s").get_by_role("button")
    for _ in range(2):
        button.click()
        assert column(page, "tok/s")[0][-1] == "–"  # Plain's own


def test_rows_keep_their_names_when_sorted(opened: Open) -> None:
    page = opened()
    pairs = set(zip(column(page, "strategy")[0], column(page, "log-prob/token")[0], strict=True))
    head(page, "log-prob").get_by_role("button").click()
    assert set(zip(column(page, "strategy")[0], column(page, "log-prob/token")[0], strict=True)) == pairs


def test_strategies_sort_by_name(opened: Open) -> None:
    page = opened()
    button = head(page, "strategy").get_by_role("button")
    button.click()
    button.click()
    assert column(page, "strategy")[0] == ["plain", "antislop ban=soft", "antislop"]


def test_every_number_shows_its_interval_and_definition_when_pointed_at(opened: Open) -> None:
    page = opened()
    tip = page.get_by_role("tooltip")
    expect(tip).to_be_hidden()
    main(page).locator("tbody tr").nth(2).locator("td").first.hover()
    expect(tip).to_be_visible()
    for part in ("slop.hits_per_1k_words ↓", "Σ hits on the banned list / Σ words", "95% interval by", "against Plain"):
        expect(tip).to_contain_text(part)
    page.get_by_role("heading", level=1).hover()
    expect(tip).to_be_hidden()


def test_the_same_by_keyboard_one_stop_and_arrow_keys(opened: Open) -> None:
    page = opened()
    cells = main(page).locator("tbody td")
    assert cells.evaluate_all("cells => cells.filter(cell => cell.tabIndex === 0).length") == 1
    cells.first.focus()
    tip = page.get_by_role("tooltip")
    expect(tip).to_contain_text("slop.hits_per_1k_words")
    expect(cells.first).to_have_attribute("aria-describedby", "tip")
    page.keyboard.press("ArrowRight")
    expect(tip).to_contain_text("slop.heldout_hits_per_1k_words")
    page.keyboard.press("ArrowDown")
    columns = main(page).locator("thead th").count() - 1
    expect(cells.nth(columns + 1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    assert cells.evaluate_all("cells => cells.filter(cell => cell.tabIndex === 0).length") == 1


def test_a_tip_can_be_pointed_at_and_lies_within_the_window(opened: Open) -> None:
    page = opened()
    cell = main(page).locator("tbody tr").nth(1).locator("td").last
    cell.hover()
    tip = page.get_by_role("tooltip")
    tip.hover()
    page.wait_for_timeout(400)
    expect(tip).to_be_visible()
    assert tip.evaluate("tip => tip.getBoundingClientRect().right <= innerWidth")


@pytest.mark.parametrize("title", ["slop/1k words, banned", COST, "n"])
def test_a_head_is_defined_where_it_stands(opened: Open, title: str) -> None:
    page = opened()
    button = main(page).get_by_role("button", name=title.replace("-", "‑"), exact=False).last
    button.focus()
    expect(page.get_by_role("tooltip")).not_to_be_empty()


def test_the_waste_table_is_sorted_and_explained_too(opened: Open) -> None:
    page = opened()
    table = page.get_by_role("table", name="Wasted work")
    table.locator("tbody td").nth(1).focus()
    expect(page.get_by_role("tooltip")).to_contain_text("wasted forward passes / all forward passes")
    table.get_by_role("button").nth(1).click()
    expect(table.get_by_role("columnheader").nth(1)).to_have_attribute("aria-sort", "ascending")
