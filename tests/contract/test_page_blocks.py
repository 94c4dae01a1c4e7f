"""Every block type as the demo's page shows it, posted through the workspace's Web API."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from demo.workspace import RunningWorkspace
from demo.workspace.content import ADA, RITA
from tests.browser import PHONE, OpenPage
from tests.page_people import address, app_client, button, message, mrkdwn, plain, posts, workspace_with_page

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.browser_fixtures"]

DIGEST = "sha256:" + "9f86d081884c7d65" * 4


@pytest.fixture(scope="module")
def workspace() -> Iterator[RunningWorkspace]:
    with workspace_with_page() as running:
        yield running


@pytest.fixture
def page(workspace: RunningWorkspace, open_page: OpenPage) -> Page:
    opened = open_page(address(workspace, RITA))
    expect(opened.locator("#head h1")).to_have_text("registry-clean")
    return opened


class Show:
    def __init__(self, workspace: RunningWorkspace, page: Page) -> None:
        self._workspace = workspace
        self._page = page

    def __call__(self, *blocks: dict[str, Any]) -> Locator:
        """Post the blocks; the message as Rita sees it."""
        shown = message(self._page, posts(self._workspace, blocks=list(blocks)))
        shown.wait_for()
        return shown


@pytest.fixture
def show(workspace: RunningWorkspace, page: Page) -> Show:
    return Show(workspace, page)


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(elements)}


def part(kind: str, *elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": f"rich_text_{kind}", "elements": list(elements), **more}


def test_a_section_shows_its_text_its_fields_and_its_accessory(show: Show) -> None:
    fields = [mrkdwn(f"*Requester*\n<@{RITA}>"), plain("Registry :lock:")]
    accessory = button("Details", "details")
    shown = show({"type": "section", "text": mrkdwn("*Delete* `app:1.2`"), "fields": fields, "accessory": accessory})

    assert shown.locator("strong", has_text="Delete").count() == 1
    expect(shown.locator("code")).to_have_text("app:1.2")
    expect(shown.locator(".field-cell").first).to_have_text("Requester\n@Rita Requester")
    expect(shown.locator(".field-cell").last.get_by_role("img", name="lock")).to_be_visible()
    expect(shown.get_by_role("button", name="Details")).to_be_visible()


def test_a_header_is_a_heading_and_a_divider_a_line(show: Show) -> None:
    shown = show({"type": "header", "text": plain(":broom: Clean up")}, {"type": "divider"})

    expect(shown.get_by_role("heading", name="Clean up")).to_be_visible()
    expect(shown.locator("hr")).to_be_visible()


def test_a_context_mixes_text_and_images(show: Show, workspace: RunningWorkspace) -> None:
    image = {"type": "image", "image_url": f"{workspace.url}/mark.svg", "alt_text": "the mark"}
    shown = show({"type": "context", "elements": [image, mrkdwn("_by_ 10:00"), plain("now")]})

    expect(shown.get_by_role("img", name="the mark")).to_be_visible()
    expect(shown.locator("em")).to_have_text("by")
    assert shown.locator(".block-context .plain").inner_text() == "now"


def test_actions_show_buttons_by_style_a_select_and_an_overflow_menu(show: Show, page: Page) -> None:
    options = [{"text": plain("Prod"), "value": "p"}, {"text": plain("Staging"), "value": "s"}]
    select = {"type": "static_select", "action_id": "pick", "placeholder": plain("Registry"), "options": options}
    overflow = {"type": "overflow", "action_id": "more", "options": options}
    yes, no = button("Yes", "yes", style="primary"), button("No", "no", style="danger")
    shown = show({"type": "actions", "elements": [yes, no, select, overflow]})

    expect(shown.get_by_role("button", name="Yes")).to_have_class("button primary")
    expect(shown.get_by_role("button", name="No")).to_have_class("button danger")
    assert shown.get_by_role("combobox").locator("option").all_inner_texts() == ["Registry", "Prod", "Staging"]
    shown.get_by_role("button", name="More choices").click()
    assert page.get_by_role("menuitem").all_inner_texts() == ["Prod", "Staging"]
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Staging")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(shown.get_by_role("button", name="More choices")).to_be_focused()


def test_an_image_has_its_title_and_its_alternative_text(show: Show, workspace: RunningWorkspace) -> None:
    url = f"{workspace.url}/mark.svg"
    shown = show({"type": "image", "image_url": url, "alt_text": "layers", "title": plain("A picture")})

    expect(shown.get_by_role("img", name="layers")).to_be_visible()
    expect(shown.locator("figcaption")).to_have_text("A picture")


def test_a_table_has_a_heading_row_alignment_and_scrolls_in_its_own_frame(show: Show, page: Page) -> None:
    cell = rich(part("section", {"type": "text", "text": "library/busybox", "style": {"code": True}}))
    head = [{"type": "raw_text", "text": text} for text in ("Repository", "Size", "Digest")]
    row = [cell, {"type": "raw_text", "text": "7 MB"}, {"type": "raw_text", "text": DIGEST * 3}]
    shown = show({"type": "table", "rows": [head, row], "column_settings": [{}, {"align": "right"}, {}]})

    assert shown.get_by_role("columnheader").all_inner_texts() == ["Repository", "Size", "Digest"]
    expect(shown.locator("td code")).to_have_text("library/busybox")
    expect(shown.locator("td", has_text="7 MB")).to_have_css("text-align", "right")
    assert shown.locator(".table-frame").evaluate("node => node.scrollWidth > node.clientWidth")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


def test_rich_text_has_styles_lists_quotes_and_preformatted_text(show: Show) -> None:
    styles = {"bold": True, "italic": True}
    text: list[dict[str, Any]] = [
        {"type": "text", "text": "loud", "style": styles},
        {"type": "emoji", "name": "warning"},
        {"type": "link", "url": "https://example.org/", "text": "there"},
        {"type": "user", "user_id": ADA},
        {"type": "broadcast", "range": "here"},
    ]
    item = part("section", {"type": "text", "text": "one"})
    shown = show(
        rich(
            part("section", *text),
            part("list", item, style="bullet"),
            part("list", item, style="ordered", offset=2, indent=1),
            part("quote", {"type": "text", "text": "said"}),
            part("preformatted", {"type": "text", "text": "a\n  b"}),
        )
    )

    expect(shown.locator("em strong")).to_have_text("loud")
    expect(shown.get_by_role("img", name="warning")).to_be_visible()
    expect(shown.get_by_role("link", name="there")).to_have_attribute("href", "https://example.org/")
    assert shown.locator(".mention").all_inner_texts() == ["@Ada Approver", "@here"]
    expect(shown.locator("ul li")).to_have_text("one")
    expect(shown.locator("ol")).to_have_attribute("start", "3")
    expect(shown.locator("blockquote")).to_have_text("said")
    assert shown.locator("pre").inner_text() == "a\n  b"


def test_markdown_has_headings_lists_links_and_fences(show: Show) -> None:
    words = "# Plan\nSome **bold** and [link](https://example.org/)\n\n"
    text = "- one\n- two\n\n1. first\n\n> said\n\n```\nx < y\n```"
    shown = show({"type": "markdown", "text": words + text})

    expect(shown.locator(".md-heading")).to_have_text("Plan")
    expect(shown.locator("strong")).to_have_text("bold")
    expect(shown.get_by_role("link", name="link", exact=True)).to_have_attribute("href", "https://example.org/")
    assert shown.locator("li").all_inner_texts() == ["one", "two", "first"]
    expect(shown.locator("blockquote")).to_have_text("said")
    assert shown.locator("pre").inner_text() == "x < y"


def test_a_file_shows_its_size_its_first_lines_and_a_download(workspace: RunningWorkspace, page: Page) -> None:
    content = 'repository,bytes\n"demo, nginx",7\n' + "library/busybox,1\n" * 20
    channel = page.url.split("channel=")[1]
    app_client(workspace).files_upload_v2(channel=channel, filename="plan.csv", title="The plan", content=content)
    card = page.get_by_role("region", name="File plan.csv")

    expect(card).to_contain_text("The plan")
    expect(card).to_contain_text(f"CSV · {len(content)} bytes")
    assert card.get_by_role("columnheader").all_inner_texts() == ["repository", "bytes"]
    assert card.locator("tbody tr").count() == 5
    assert card.locator("td").first.inner_text() == "demo, nginx"
    with page.expect_download() as download:
        card.get_by_role("link", name="Download plan.csv").click()
    assert download.value.path().read_text() == content


def test_long_words_wrap_on_a_phone(workspace: RunningWorkspace, open_page: OpenPage) -> None:
    code = f"`{DIGEST}{DIGEST}`"
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": plain("x" * 140)},
        {"type": "section", "text": mrkdwn(f"{DIGEST}\n{code}\n```{DIGEST * 3}```"), "fields": [mrkdwn(code)] * 4},
        {"type": "context", "elements": [mrkdwn(code)]},
        {"type": "actions", "elements": [button("w" * 70, f"b{at}") for at in range(3)]},
    ]
    ts = posts(workspace, blocks=blocks)
    page = open_page(address(workspace, RITA), size=PHONE)
    shown = message(page, ts)
    shown.wait_for()

    assert page.evaluate("document.scrollingElement.scrollWidth") <= 400
    assert shown.evaluate("node => node.scrollWidth <= node.clientWidth")
