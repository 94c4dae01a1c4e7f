"""Denying on a phone, in Chromium: one tap, and a reason afterwards for whoever wants to give one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from demo.workspace.content import ADA, RITA
from demo.world import World, WorldSettings, world
from tests.browser import PHONE, OpenPage
from tests.page_people import address, box

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.browser_fixtures"]

PATIENCE_MS = 30_000


@pytest.fixture
def running(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, WorldSettings()) as started:
        yield started


def test_a_denial_on_a_phone_and_why(running: World, open_page: OpenPage) -> None:
    rita, ada = (open_page(address(running.workspace, each), size=PHONE) for each in (RITA, ADA))
    box(rita).fill("/regclean rm registry.example.com/library/busybox:1.36.1")
    box(rita).press("Enter")
    messages = ada.locator("#messages [data-ts]")
    card = messages.filter(has_text="request r-").last
    card.get_by_role("button", name="Deny", exact=True).click(timeout=PATIENCE_MS)
    expect(card).to_contain_text("Denied: 1 tag stays on sample", timeout=PATIENCE_MS)
    for name in ("Approve", "Deny", "Cancel"):
        expect(card.get_by_role("button", name=name, exact=True)).to_have_count(0)
    messages.filter(has_text="You denied").get_by_role("button", name="Add a reason").click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("The nightly builds use it.")
    assert ada.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    dialog.get_by_role("button", name="Add it").click()
    expect(messages.filter(has_text="Your reason stands on the card")).to_be_visible(timeout=PATIENCE_MS)
    expect(messages.filter(has_text="You denied")).to_have_count(0)
    seen = rita.locator("#messages [data-ts]").filter(has_text="request r-").last
    expect(seen).to_contain_text("nothing was changed. “The nightly builds use it.”", timeout=PATIENCE_MS)
    seen.get_by_text("View thread").click()
    expect(rita.locator("#thread")).to_contain_text(
        "@Ada Approver says why, @Rita Requester: “The nightly builds use it.”"
    )
