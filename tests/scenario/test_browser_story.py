"""The whole story in Chromium, as people live it: Rita types, Ada approves on her phone, and the card tells the end.

With SCREENSHOTS=docs/images in the environment the pictures of the documentation are taken anew.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from demo.parts.remote import Remote
from demo.workspace.content import ADA, RITA
from demo.world import World, WorldSettings, world
from tests.browser import DESKTOP, PHONE, OpenPage
from tests.page_people import address, box

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.browser_fixtures"]

PICTURES = os.environ.get("SCREENSHOTS", "")
PATIENCE_MS = 30_000
IMAGES = ("library/busybox:1.36.1", "registry:latest", "demo/nginx:1.26", "demo/nginx:noexist")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, WorldSettings()) as started:
        yield started


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(1_500)  # the marks of what is new fade
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def card(page: Page, part: str) -> Locator:
    return page.locator("#messages [data-ts]").filter(has_text=part).last


def says(page: Page, text: str) -> None:
    box(page).fill(text)
    box(page).press("Enter")


def test_from_typing_rm_to_the_collected_registry(running: World, open_page: OpenPage) -> None:
    rita = open_page(address(running.workspace, RITA), size=DESKTOP)
    box(rita).press_sequentially("/regclean r")
    expect(rita.get_by_role("option").filter(has_text="IMAGE")).to_be_visible()
    picture(rita, "suggestions")
    says(rita, "/regclean ls")
    expect(card(rita, "same digest as")).to_be_visible(timeout=PATIENCE_MS)
    picture(rita, "list")
    images = " ".join(f"registry.example.com/{each}" for each in IMAGES)
    says(rita, f'/regclean rm {images} --reason "the disk is full"')
    expect(card(rita, "What goes").get_by_role("button", name="Approve")).to_be_visible(timeout=PATIENCE_MS)
    picture(rita, "card-pending")

    ada = open_page(address(running.workspace, ADA), size=PHONE)
    pending = card(ada, "What goes")
    expect(pending).to_contain_text("demo/nginx:noexist is not there")
    assert ada.evaluate("document.scrollingElement.scrollWidth") <= PHONE["width"]
    picture(ada, "card-pending-phone")
    pending.get_by_role("button", name="Approve", exact=True).click()
    done = card(rita, "What went")
    expect(done).to_contain_text("Done, approved by @Ada Approver: 3 of 3 done", timeout=PATIENCE_MS)
    expect(done).to_contain_text("Removed 3 tags from sample")
    today = r"today \d\d:\d\d"
    expect(done).to_contain_text(re.compile(f"Asked {today} · approved by @Ada Approver {today} · done {today}"))
    expect(done.get_by_role("button", name="Approve")).to_have_count(0)
    picture(rita, "card-done")
    expect(card(ada, "What went")).to_contain_text("3 of 3 done", timeout=PATIENCE_MS)
    picture(ada, "card-done-phone")
    done.get_by_text("View thread").click()
    thread = rita.locator("#thread")
    expect(thread).to_contain_text("library/busybox:1.36.1 deleted", timeout=PATIENCE_MS)
    expect(thread).to_contain_text("Done: 3 done", timeout=PATIENCE_MS)
    picture(rita, "thread")

    done.get_by_role("button", name="Collect now").click()
    waiting = card(ada, "Collect garbage on sample")
    waiting.get_by_role("button", name="Approve", exact=True).click(timeout=PATIENCE_MS)
    collected = card(ada, "Collected garbage on sample")
    expect(collected).to_contain_text("measured on the storage, as planned", timeout=PATIENCE_MS)
    expect(done).to_contain_text("collected since", timeout=PATIENCE_MS)
    expect(done.get_by_role("button", name="Collect now")).to_have_count(0)
    picture(ada, "collected-phone")
    with Remote(running.sample.url) as remote:
        assert sorted(remote.catalog()) == ["demo/nginx", "library/busybox"]
        assert remote.tags("demo/nginx") == ["latest"]
