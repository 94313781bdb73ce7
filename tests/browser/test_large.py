"""2,000 texts of 300 words with what they took back: small enough to send, and quick because only a page is drawn."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from playwright.sync_api import expect

from harness.report.findings import read_findings
from harness.report.html import render_html
from harness.report.sample_json import embed_samples
from harness.report.shown_samples import ShownSamples
from harness.store.records import Sample
from tests.browser.conftest import Open
from tests.harness.report.conftest import rewind, sweep_writer, text_sample

ARMS, PROMPTS, WORDS, REWINDS = 4, 500, 300, 20
MOST_BYTES = 25 * 2**20


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    write = sweep_writer(tmp_path_factory.mktemp("large"))
    folder = write(*((arm, _texts(arm), {}) for arm in ("plain", "antislop", "token_ban", "replace")))
    page = folder / "report.html"
    page.write_text(render_html(read_findings(folder), []), encoding="utf-8")
    return page


def _texts(arm: str) -> list[Sample]:
    luck = random.Random(arm)
    return [_text(luck, f"p{index:03}", 0 if arm == "plain" else REWINDS) for index in range(PROMPTS)]


def _text(luck: random.Random, prompt_id: str, rewinds: int) -> Sample:
    words = ["".join(luck.choices("abcdefghijklmnoprstuvw", k=luck.randint(2, 9))) for _ in range(WORDS)]
    places = sorted(luck.sample(range(1, WORDS), rewinds))
    events = [rewind(at + 4, at, len(" ".join(words[:at])), f" a testament to {words[at]}") for at in places]
    return text_sample(prompt_id, " ".join(words), events, prompt=f"About {prompt_id}")


@pytest.mark.slow
def test_two_thousand_texts_are_one_page_of_a_few_megabytes(large: Path, opened: Open) -> None:
    """Guards: everything drawn at once, which takes a browser a minute."""
    assert large.stat().st_size < MOST_BYTES
    page = opened(path=large)
    expect(page.locator(".pager .range").first).to_have_text(f"Prompts 1 to 5 of {PROMPTS}")
    assert page.locator(".arm").count() == 5 * ARMS
    page.get_by_label("Order").select_option("most rewound")
    expect(page.locator(".arm.leads").first).to_contain_text(f"{REWINDS} rewinds")
    page.evaluate("location.hash = 'sample-job3-p499-0'")
    expect(page.locator("#sample-job3-p499-0")).to_be_focused()


@pytest.mark.slow
def test_what_is_too_much_for_a_page_is_chosen_without_looking(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole prompts, the same ones whatever the texts are, and the page says how many of how many."""
    samples = ShownSamples(read_findings(large.parent))
    whole = embed_samples(samples)
    assert (whole.prompts, whole.of) == (PROMPTS, PROMPTS)
    monkeypatch.setattr("harness.report.sample_json.LARGEST", len(whole.json) // 10)
    part = embed_samples(samples)
    assert 0.08 * PROMPTS < part.prompts < 0.12 * PROMPTS
    assert len(part.json) < len(whole.json) / 9
