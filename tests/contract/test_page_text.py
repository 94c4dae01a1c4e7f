"""Slack's mrkdwn, emoji and times as the demo's page turns them into nodes, and that no text ever becomes markup."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from demo.workspace import RunningWorkspace
from demo.workspace.content import ADA, REGISTRY_CLEAN, RITA
from tests.page_people import address, workspace_with_page

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.browser_fixtures"]

# Inert tags only; the table of everything that mrkdwn may ever build.
ALLOWED = {
    "DIV",
    "SPAN",
    "STRONG",
    "EM",
    "S",
    "CODE",
    "PRE",
    "BLOCKQUOTE",
    "A",
    "TIME",
    "svg",
    "path",
    "rect",
    "circle",
}


@pytest.fixture(scope="module")
def workspace() -> Iterator[RunningWorkspace]:
    with workspace_with_page() as running:
        yield running


@pytest.fixture(scope="module")
def page(workspace: RunningWorkspace, chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    page.goto(address(workspace, RITA))
    page.evaluate(
        """async () => {
            const { Directory } = await import('/directory.js');
            const boot = await (await fetch('/_/boot?user=U0RITA00001')).json();
            const { mrkdwn } = await import('/mrkdwn.js');
            const { markdown } = await import('/markdown.js');
            const directory = new Directory(boot);
            window.asMrkdwn = (text) => mrkdwn(text, directory);
            window.asMarkdown = markdown;
        }"""
    )
    yield page
    page.close()


def mention(text: str, more: str = "") -> str:
    return f'<r><span class="mention{more}">{text}</span></r>'


def outside(url: str, label: str) -> str:
    return f'<r><a href="{url}" title="{url}" target="_blank" rel="noopener noreferrer">{label}</a></r>'


CHANNEL_LINK = f'<r><a class="mention" href="?channel={REGISTRY_CLEAN}">#registry-clean</a></r>'
# <r> stands for a run of text.
CASES = {
    "plain": ("a b", "<r>a b</r>"),
    "bold": ("*a b* c", "<r><strong>a b</strong> c</r>"),
    "nested": ("*a _b_ ~c~*", "<r><strong>a <em>b</em> <s>c</s></strong></r>"),
    "no bold inside words": ("2*3*4 a_b_c", "<r>2*3*4 a_b_c</r>"),
    "no bold over lines": ("*a\nb*", "<r>*a\nb*</r>"),
    "no bold around spaces": ("* a *", "<r>* a *</r>"),
    "long code": (f"`{'ab' * 21}`", f'<r><code class="long">{"ab" * 21}</code></r>'),
    "code keeps its marks": ("`*a* _b_`", "<r><code>*a* _b_</code></r>"),
    "marks inside code do not close": ("*a `*` b*", "<r><strong>a <code>*</code> b</strong></r>"),
    "entities": ("a &lt;b&gt; &amp;lt;", "<r>a &lt;b&gt; &amp;lt;</r>"),
    "quote": ("a\n&gt; b\n> c\nd", "<r>a</r><blockquote>b\nc</blockquote><r>d</r>"),
    "fence": ("a\n```x *y*\n  z```\nb", "<r>a</r><pre>x *y*\n  z</pre><r>b</r>"),
    "open fence": ("a ```b", "<r>a ```b</r>"),
    "list as text": ("• one\n• two", "<r>• one\n• two</r>"),
    "user": (f"<@{ADA}>", mention("@Ada Approver")),
    "oneself": (f"<@{RITA}>", mention("@Rita Requester", " me")),
    "unknown user": ("<@U0NOBODY|nobody>", mention("@nobody")),
    "channel": (f"<#{REGISTRY_CLEAN}>", CHANNEL_LINK),
    "everyone": ("<!here>", mention("@here", " loud")),
    "group by its id": ("<!subteam^S0APPROVERS>", mention("@registry-approvers")),
    "group": ("<!subteam^S0APPROVERS|@approvers>", mention("@approvers")),
    "link": ("<https://x.org/?a=1&amp;b|the &lt;b&gt;>", outside("https://x.org/?a=1&amp;b", "the &lt;b&gt;")),
    "mail": ("<mailto:ada@acme.example>", outside("mailto:ada@acme.example", "ada@acme.example")),
    "date": ("<!date^86400000^{date_num} {odd}|fall>", '<r><time title="fall">1972-09-27 {odd}</time></r>'),
    "bad date": ("<!date^never^{time}|fall back>", '<r><time title="fall back">fall back</time></r>'),
    "unknown emoji": (":no_such_thing: 10:30:00", "<r>:no_such_thing: 10:30:00</r>"),
    "script link": ("<javascript:alert(1)|click>", "<r>&lt;javascript:alert(1)|click&gt;</r>"),
    "data link": ("<data:text/html,hi|click>", "<r>&lt;data:text/html,hi|click&gt;</r>"),
    "tag": ("<img src=x onerror=alert(1)>", "<r>&lt;img src=x onerror=alert(1)&gt;</r>"),
}


@pytest.mark.parametrize("name", CASES)
def test_mrkdwn_becomes_nodes(page: Page, name: str) -> None:
    text, wanted = CASES[name]
    shown = page.evaluate("text => asMrkdwn(text).innerHTML", text)
    assert shown == wanted.replace("<r>", '<span class="run">').replace("</r>", "</span>")


def test_emoji_are_drawn_whether_written_as_shortcodes_or_as_characters(page: Page) -> None:
    text = "a :white_check_mark: :+1: ✅ ⚠️ ✔ 🧹"
    labels = page.evaluate(
        "text => [...asMrkdwn(text).querySelectorAll('svg')].map(node => node.getAttribute('aria-label'))", text
    )
    assert labels == ["white check mark", "thumbsup", "white check mark", "warning", "broom"]


STATUSES = {
    *("white_check_mark", "x", "warning", "hourglass_flowing_sand", "lock", "broom", "wastebasket", "no_entry"),
    *("package", "recycle", "label", "bell", "mag", "question", "information_source", "arrows_counterclockwise"),
    *("clock3", "clock1", "rotating_light", "construction", "eyes"),
}


def test_the_emoji_that_tell_state_are_drawn(page: Page) -> None:
    drawn = page.evaluate(
        "names => names.map(name => asMrkdwn(`:${name}:`).querySelectorAll('svg').length)", list(STATUSES)
    )
    assert dict(zip(STATUSES, drawn, strict=True)) == dict.fromkeys(STATUSES, 1)


MARKS = (
    "<",
    ">",
    "&lt;",
    "*",
    "_",
    "~",
    "`",
    "```",
    "\n",
    "&gt; ",
    "|",
    '"',
    "'",
    "=",
    "#",
    "](",
    "[",
    "**",
    "# ",
    "- ",
)
TOKENS = (
    "!date^1^",
    "{time}",
    "javascript:",
    "https://x.y/",
    "<script>",
    "<img src=x onerror=alert(1)>",
    ":x:",
    "@U0ADA",
)
PARTS = st.sampled_from((*MARKS, *TOKENS))
TEXTS = st.lists(PARTS | st.text(max_size=6), max_size=14).map("".join)

DESCRIBE = """([kind, text]) => [...window[kind](text).querySelectorAll('*')].map(node =>
    [node.tagName, [...node.attributes].map(each => [each.name, each.value])])"""


@pytest.mark.parametrize("kind", ["asMrkdwn", "asMarkdown"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_no_text_becomes_an_active_element(page: Page, kind: str, text: str) -> None:
    more = {"UL", "OL", "LI", "P", "HR"} if kind == "asMarkdown" else set()
    nodes: list[Any] = page.evaluate(DESCRIBE, [kind, text])
    for tag, attributes in nodes:
        assert tag in ALLOWED | more
        for name, value in attributes:
            assert not name.startswith("on")
            assert name not in {"style", "src", "srcdoc"}
            if name == "href":
                assert value.startswith(("https://", "http://", "mailto:", "?channel="))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(alphabet=st.characters(exclude_characters="<>&*_~`:\r", exclude_categories=["Cs", "So"]), max_size=60)
)
def test_text_without_markup_is_shown_as_it_is(page: Page, text: str) -> None:
    assume(text.strip("\n"))
    assert page.evaluate("text => asMrkdwn(text).textContent", text) == text


def test_csv_lines_are_read_as_spreadsheets_write_them(page: Page) -> None:
    text = 'a,b\r\n"x, ""y""","two\nlines"\n\n,last'
    rows = page.evaluate("async text => (await import('/files.js')).parseCsv(text)", text)
    assert rows == [["a", "b"], ['x, "y"', "two\nlines"], ["", "last"]]


SUGGESTIONS = {
    "/": (["/regclean", "/remind"], 0),
    "/reg": (["/regclean"], 0),
    "/regclean": (["/regclean"], -1),
    "/regclean ": (["ls", "rm", "rules", "help"], -1),
    "/regclean r": (["rm", "rules"], 0),
    "/regclean rm": (["rm"], -1),
    "/regclean rm app:1": ([], -1),
    "/nothing": ([], -1),
    "hello /reg": ([], -1),
}


@pytest.mark.parametrize("typed", SUGGESTIONS)
def test_suggestions_follow_what_is_typed(page: Page, typed: str) -> None:
    found = page.evaluate(
        """async typed => {
            const boot = await (await fetch('/_/boot?user=U0RITA00001')).json();
            return (await import('/commands.js')).suggest(typed, boot.commands);
        }""",
        typed,
    )
    assert ([item["label"] for item in found["items"]], found["active"]) == SUGGESTIONS[typed]
