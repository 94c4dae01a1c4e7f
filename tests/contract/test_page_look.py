"""The demo's page can be read by everyone: contrast in both colour schemes, names; and it loads nothing foreign."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

import demo.workspace
from demo.workspace import RunningWorkspace
from demo.workspace.content import RITA
from tests.browser import PHONE, OpenPage
from tests.page_people import address, button, message, mrkdwn, plain, posts, workspace_with_page

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.browser_fixtures"]

PAGE = Path(demo.workspace.__file__).parent / "page"
ON_BACKGROUND = ("--ink", "--ink-soft", "--accent", "--danger", "--link")
BACKGROUNDS = ("--bg", "--bg-side", "--bg-raised", "--bg-hover", "--bg-private")
PAIRS = (
    *((ink, background) for ink in ON_BACKGROUND for background in BACKGROUNDS),
    *(("#ffffff", fill) for fill in ("--accent-fill", "--danger-fill")),
    ("--code", "--bg-sunk"),
    ("--ink", "--flash"),
    ("--ink", "--mention-me"),
    ("--link", "--mention"),
    ("--accent", "--accent-soft"),
    ("--top-ink", "--top"),
    ("--top-soft", "--top"),
)


@pytest.fixture(scope="module")
def workspace() -> Iterator[RunningWorkspace]:
    with workspace_with_page() as running:
        yield running


# Relative luminance and contrast as WCAG 2.2 defines them.
CONTRAST = """pairs => {
    const probe = document.body.appendChild(document.createElement('i'));
    const luminance = (name) => {
        probe.style.color = name.startsWith('--') ? `var(${name})` : name;
        const [red, green, blue] = getComputedStyle(probe).color.match(/[\\d.]+/g).map((each) => each / 255)
            .map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    return pairs.map(([one, other]) => {
        const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    });
}"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out_from_its_background(workspace: RunningWorkspace, open_page: OpenPage, dark: bool) -> None:
    page = open_page(address(workspace, RITA), dark=dark)
    measured = page.evaluate(CONTRAST, PAIRS)

    weak = {pair: round(contrast, 2) for pair, contrast in zip(PAIRS, measured, strict=True) if contrast < 4.5}
    assert weak == {}
    assert max(measured) > 10


def test_everything_that_acts_has_a_name(workspace: RunningWorkspace, open_page: OpenPage) -> None:
    overflow = {"type": "overflow", "action_id": "more", "options": [{"text": plain("a"), "value": "a"}]}
    choice = {"type": "actions", "elements": [button("Yes", "yes"), overflow]}
    posts(workspace, blocks=[{"type": "section", "text": mrkdwn("a")}, choice])
    page = open_page(address(workspace, RITA))
    page.get_by_role("button", name="Yes").wait_for()
    nameless = page.locator("button, a[href], input, select, textarea").evaluate_all(
        """nodes => nodes.filter((node) => !(node.getAttribute('aria-label') || node.textContent.trim()
            || [...(node.labels ?? [])].some((label) => label.textContent.trim()))).map((node) => node.outerHTML)"""
    )
    assert nameless == []


def test_on_a_phone_no_menu_covers_the_words_of_a_message_below_another(
    workspace: RunningWorkspace, open_page: OpenPage
) -> None:
    posts(workspace, "the first one has a line for its menu")
    below = posts(workspace, "words " * 60)
    page = open_page(address(workspace, RITA), size=PHONE)
    said = message(page, below)
    said.wait_for()
    words, menu = said.locator(".message-text").bounding_box(), said.locator(".tools").bounding_box()
    assert words
    assert menu
    assert words["x"] + words["width"] <= menu["x"] + 6, "the menu's own edge may be below them"
    assert "grouped" in (said.get_attribute("class") or "")


def test_the_page_asks_nothing_of_other_hosts(workspace: RunningWorkspace, open_page: OpenPage) -> None:
    page = open_page(address(workspace, RITA))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.locator("#head h1")).to_have_text("registry-clean")

    assert len(asked) > 10
    assert [url for url in asked if not url.startswith(workspace.url)] == []


@pytest.mark.parametrize("file", sorted(PAGE.glob("*.js")), ids=lambda file: file.name)
def test_no_module_parses_strings_as_markup_or_code(file: Path) -> None:
    code = re.sub(r"//.*", "", file.read_text())
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser", code)
        == []
    )
    assert len(code.splitlines()) <= 250
