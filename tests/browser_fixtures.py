"""Chromium as a fixture, and windows that must stay free of errors.

Playwright's synchronous API keeps an event loop on the test's thread, so it lives for one module, and such a module
holds no asynchronous tests. A module uses this with `pytest_plugins = ["tests.browser_fixtures"]`.
"""

from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, sync_playwright

from tests.browser import CHROMIUM, DESKTOP, PATIENCE_MS, QUIET, OpenPage


@pytest.fixture(scope="module")
def chromium(missing_part: Callable[[str], NoReturn]) -> Iterator[Browser]:
    if not CHROMIUM:
        missing_part("Chromium is not installed: put it on PATH, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    errors: list[str] = []
    contexts = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    def open_one(url: str, *, size: ViewportSize = DESKTOP, dark: bool = False) -> Page:
        context = chromium.new_context(viewport=size, color_scheme="dark" if dark else "light")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", heard)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []
