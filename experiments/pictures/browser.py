"""Pages in headless Chromium, and pictures of them once they show what they should."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
PATIENCE = 60_000  # milliseconds until a text that is to be seen counts as missing
SETTLED = 1500  # milliseconds for what moves into place after its text is there
# MLflow 3.17 opens its assistant beside the first page that a new browser looks at, and starts with what chats need.
PREFERENCES = """
localStorage.setItem('mlflow.workflowType_v1', '"machine_learning"');
localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true');
localStorage.setItem('mlflow.assistant.panelOpen_v1', 'false');
"""


@dataclass(frozen=True)
class Picture:
    """What to look at: an address, the texts that must be there, and what a reader would do before looking."""

    name: str  # of the file, without .png
    address: str
    shows: tuple[str, ...]
    height: int = 720
    then: Callable[[Page], None] = lambda page: None


@contextmanager
def browser_page(width: int = 1280) -> Iterator[Page]:
    """A page in light mode. Raise FileNotFoundError where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise FileNotFoundError("chromium: not installed; apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        context = browser.new_context(viewport={"width": width, "height": 720}, color_scheme="light", locale="en-GB")
        context.add_init_script(PREFERENCES)
        yield context.new_page()
        browser.close()


def take(picture: Picture, page: Page, into: Path) -> str:
    """Write the picture. Returns what the page says, its frames included; AssertionError when a text is missing."""
    page.set_viewport_size(
        {"width": page.viewport_size["width"] if page.viewport_size else 1280, "height": picture.height}
    )
    page.goto("about:blank")  # an address that differs behind # alone is no new page
    page.goto(picture.address)
    picture.then(page)
    for text in picture.shows:
        expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE)
    page.mouse.move(0, 0)
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=into / f"{picture.name}.png")
    return "\n".join(frame.locator("body").inner_text() for frame in page.frames)
