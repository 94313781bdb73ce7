"""A report of a small sweep, opened from disk in headless Chromium as a reader opens it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from experiments.pictures.browser import FLAGS
from harness.report import build_report
from harness.store.records import Sample
from tests.harness.report.conftest import rewind, sweep_writer, text_sample

PROMPTS = 12
Open = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shutil.which("chromium") is None:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs chromium: apt-get install chromium"))


def plain_texts() -> list[Sample]:
    """Every third text says what is banned; two repeats of the first prompt."""
    texts = [_plain(index) for index in range(PROMPTS)]
    return [texts[0], _plain(0, repeat=1), *texts[1:]]


def _plain(index: int, **fields: Any) -> Sample:
    slop = "a testament to rain and " if index % 3 == 0 else ""
    text = f"The harbour was {slop}quiet, an old dog slept, and number {index} was painted on the boat by the door."
    return text_sample(f"p{index:02}", text, prompt=f"Once by the sea, number {index}", **fields)


def antislop_texts(depth: int) -> list[Sample]:
    """Text i takes back i phrases, its tokens are i/10 nats less likely than Plain's, and the sixth is cut off."""
    return [_antislop(index, depth) for index in range(PROMPTS)]


def _antislop(index: int, depth: int) -> Sample:
    taken = [rewind(2 + depth, 2, 11, f" a testament to x{turn}") for turn in range(index - 1)]
    other = [rewind(2 + depth, 2, 11, " shimmering", "phrase:shimmering")] if index else []
    text = f"The harbour was quiet. A testament to nothing, number {index} was painted on the boat and on the door."
    sample = text_sample(
        f"p{index:02}",
        text,
        [*taken, *other],
        prompt=f"Once by the sea, number {index}",
        finish_reason="length" if index == 5 else "eos",
    )
    return Sample(**{**vars_of(sample), "logprobs": [-1.0 - index / 10] * len(sample.tokens)})


def vars_of(sample: Sample) -> dict[str, Any]:
    return {name: getattr(sample, name) for name in sample.__dataclass_fields__}


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two settings; the soft arm was not run in the second."""
    warm, cold = {"decoding": {"temperature": 1.0}}, {"decoding": {"temperature": 0.5}}
    write = sweep_writer(tmp_path_factory.mktemp("sweep"))
    folder = write(
        ("plain", plain_texts(), warm),
        ("antislop", antislop_texts(3), warm),
        ("antislop", antislop_texts(1), {**warm, "label": "antislop ban=soft"}),
        ("plain", plain_texts(), cold),
        ("antislop", antislop_texts(2), cold),
    )
    return build_report(folder)


@pytest.fixture(scope="package")  # its event loop would be in the way of other tests of this process
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser, report: Path) -> Iterator[Open]:
    """Opens the report, or another page; what the browser complained about, or fetched, fails the test at its end."""
    complaints: list[str] = []
    contexts = []

    def open_page(anchor: str = "", path: Path = report, **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": 1280, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.extend(_reaches_out(request.url, path)))
        page.goto(f"{path.as_uri()}{anchor}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _reaches_out(url: str, path: Path) -> list[str]:
    return [] if url.split("#")[0] == path.as_uri() or url.startswith("data:") else [f"fetched {url}"]
