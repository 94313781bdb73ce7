"""The sample browser: what it shows, each filter, each order, and links to single texts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PROMPTS, Open


def found(page: Page) -> str:
    return page.locator(".pager .range").first.inner_text()


def prompts(page: Page) -> list[str]:
    return page.locator("#results article h3").all_inner_texts()


def strategies(page: Page) -> list[str]:
    """Of the first prompt."""
    cards = page.locator("#results article").first.locator(".arm")
    return [str(card.get_attribute("aria-label")) for card in cards.all()]


def card(page: Page, prompt: str, strategy: str) -> Locator:
    article = page.locator("#results article").filter(has=page.locator("h3", has_text=re.compile(f"^{prompt}$")))
    return article.get_by_label(strategy, exact=True)


def test_a_prompt_stands_under_every_strategy_side_by_side(opened: Open) -> None:
    page = opened()
    assert found(page) == f"Prompts 1 to 5 of {PROMPTS + 1}"  # and the second repeat of the first
    assert prompts(page) == ["p00", "p00 · repeat 1", "p01", "p02", "p03"]
    assert strategies(page) == ["plain", "antislop", "antislop ban=soft"]
    tops = [item.bounding_box() for item in page.locator("#results article").first.locator(".arm").all()]
    assert len({box["y"] for box in tops if box}) == 1


def test_what_was_taken_back_stands_in_its_place_and_says_why_how_deep_and_how_often(opened: Open) -> None:
    page = opened()
    text = card(page, "p03", "antislop").locator(".text")
    struck = text.locator("del")
    assert struck.all_inner_texts() == [" a testament to x0", " a testament to x1", " shimmering"]
    assert text.inner_text().startswith("The harbour a testament to x0")
    assert struck.first.evaluate("del => getComputedStyle(del).textDecorationLine") == "line-through"
    struck.first.hover()
    expect(page.get_by_role("tooltip")).to_have_text("taken back: phrase:a testament to, 3 tokens deep")


def test_hits_are_marked_by_their_lists(opened: Open) -> None:
    page = opened()
    marks = card(page, "p03", "plain").locator("mark")
    assert marks.all_inner_texts() == ["a testament to", "old dog"]
    assert [mark.get_attribute("class") for mark in marks.all()] == ["banned", "heldout"]
    marks.first.focus()
    expect(page.get_by_role("tooltip")).to_have_text("banned list: a testament to")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tooltip")).to_have_text("held-out list: old dog")


def test_turning_pages(opened: Open) -> None:
    page = opened()
    first = page.get_by_role("navigation", name="Pages of prompts", exact=True)
    expect(first.get_by_role("button", name="Previous")).to_be_disabled()
    for _ in range(2):
        first.get_by_role("button", name="Next").click()
    assert found(page) == f"Prompts 11 to {PROMPTS + 1} of {PROMPTS + 1}"
    expect(first.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("navigation", name="Pages of prompts, again").get_by_role("button", name="Previous").click()
    assert prompts(page)[0] == "p04"


def test_by_strategy(opened: Open) -> None:
    page = opened()
    page.get_by_role("checkbox", name="antislop", exact=True).uncheck()
    assert strategies(page) == ["plain", "antislop ban=soft"]
    page.get_by_role("checkbox", name="plain").uncheck()
    page.get_by_role("checkbox", name="antislop ban=soft").uncheck()
    assert found(page) == "Prompts 0"


def test_by_setting(opened: Open) -> None:
    page = opened()
    setting = page.get_by_label("Model, decoding")
    setting.select_option("tiny, temperature 0.5")
    assert strategies(page) == ["plain", "antislop"]
    setting.select_option("all")
    assert found(page) == f"Prompts 1 to 5 of {2 * (PROMPTS + 1)}"
    assert prompts(page)[0] == "p00 · tiny, temperature 1.0"


@pytest.mark.parametrize(
    ("phrase", "of"),
    [("Shimmering", PROMPTS - 1), ("old dog", PROMPTS + 1), ("a testament to", PROMPTS + 1), ("nowhere", 0)],
    ids=["taken back", "held-out hit", "banned hit", "none"],
)
def test_by_phrase(opened: Open, phrase: str, of: int) -> None:
    """A phrase that stands in the text, or was taken back."""
    page = opened()
    page.get_by_label("Phrase").fill(phrase)
    assert found(page).endswith(f"of {of}" if of else "0")


def test_by_phrase_together_with_a_strategy(opened: Open) -> None:
    """The filters ask for one text that has it all, not for two that have half each."""
    page = opened()
    page.get_by_label("Phrase").fill("old dog")
    page.get_by_role("checkbox", name="plain").uncheck()
    assert found(page) == "Prompts 0"


def test_a_text_that_does_not_match_stands_aside(opened: Open) -> None:
    page = opened()
    page.get_by_label("Phrase").fill("old dog")
    expect(card(page, "p01", "plain")).not_to_have_class(re.compile("beside"))
    expect(card(page, "p01", "antislop")).to_have_class(re.compile("beside"))


@pytest.mark.parametrize(("words", "ids"), [("P07", ["p07"]), ("number 11", ["p11"]), ("by the river", [])])
def test_by_prompt(opened: Open, words: str, ids: list[str]) -> None:
    page = opened()
    page.get_by_role("searchbox", name="Prompt").fill(words)
    assert prompts(page) == ids


def test_by_finish_reason(opened: Open) -> None:
    page = opened()
    ended = page.get_by_label("Ended")
    assert ended.locator("option").all_inner_texts() == ["any way", f"eos ({5 * PROMPTS + 2 - 3})", "length (3)"]
    ended.select_option("length")
    assert prompts(page) == ["p05"]


def test_the_most_rewound_first(opened: Open) -> None:
    page = opened()
    page.get_by_label("Order").select_option("most rewound")
    assert prompts(page) == ["p11", "p10", "p09", "p08", "p07"]
    expect(card(page, "p11", "antislop")).to_contain_text("11 rewinds")
    expect(card(page, "p11", "antislop")).to_have_class(re.compile("leads"))
    expect(card(page, "p11", "plain")).not_to_have_class(re.compile("leads"))


def test_the_largest_loss_against_plain_first(opened: Open) -> None:
    """Against Plain's text of the same prompt and repeat; Plain's own texts have no loss and are left out."""
    page = opened()
    page.get_by_label("Order").select_option("largest log-prob loss")
    assert prompts(page) == ["p11", "p10", "p09", "p08", "p07"]
    expect(card(page, "p11", "antislop")).to_contain_text("log-prob/token −2.100, 1.100 below Plain's")
    assert found(page).endswith(f"of {PROMPTS}")
    page.get_by_role("checkbox", name="antislop", exact=True).uncheck()
    page.get_by_role("checkbox", name="antislop ban=soft").uncheck()
    assert found(page) == "Prompts 0"


def test_show_all_takes_every_filter_back(opened: Open) -> None:
    page = opened()
    everything = found(page)
    page.get_by_label("Phrase").fill("shimmering")
    page.get_by_label("Order").select_option("most rewound")
    page.get_by_role("checkbox", name="plain").uncheck()
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".pager .range").first).to_have_text(everything)
    assert strategies(page) == ["plain", "antislop", "antislop ban=soft"]


def test_a_link_opens_its_text(opened: Open) -> None:
    """On a later page, in another setting, and whatever the filters are."""
    page = opened("#sample-job4-p09-0")
    sample = page.locator("#sample-job4-p09-0")
    expect(sample).to_be_focused()
    expect(sample).to_be_in_viewport()
    expect(sample).to_contain_text("number 9 was painted")
    assert page.get_by_label("Model, decoding").locator("option:checked").inner_text() == "tiny, temperature 0.5"
    page.get_by_label("Phrase").fill("nowhere")
    page.evaluate("location.hash = 'sample-job1-p00-0'")
    expect(page.locator("#sample-job1-p00-0")).to_be_focused()


def test_every_text_shown_has_a_link_to_itself(opened: Open) -> None:
    page = opened()
    for sample in page.locator(".arm").all():
        link = sample.get_by_role("link", name="Link to this text")
        assert link.get_attribute("href") == f"#{sample.get_attribute('id')}"
    page.locator("#sample-job0-p00-1").get_by_role("link").click()
    assert page.url.endswith("#sample-job0-p00-1")


def test_the_page_without_a_script_shows_the_same_texts(opened: Open) -> None:
    """A few of them, word for word and count for count what the script makes of its data."""
    bare = opened(java_script_enabled=False)
    expect(bare.get_by_role("table", name="Strategies by model and decoding")).to_be_visible()
    expect(bare.locator("#filters")).to_be_hidden()
    expect(bare.get_by_text("With scripts allowed the page shows all its texts.")).to_be_visible()
    samples = {str(one.get_attribute("id")): one.inner_text() for one in bare.locator(".arm").all()}
    assert len(samples) == 4 * 3
    page = opened()
    for anchor, text in samples.items():
        page.evaluate("anchor => { location.hash = anchor; }", anchor)
        assert page.locator(f"#{anchor}").inner_text() == text
