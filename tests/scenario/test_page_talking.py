"""People at the demo's page: they type, read and switch; no app is needed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from demo.workspace import RunningWorkspace
from demo.workspace.content import ADA, APP_ID, RANDOM, REGISTRY_CLEAN, RITA
from tests.browser import PHONE, OpenPage
from tests.page_people import address, app_client, box, button, message, mrkdwn, plain, posts, workspace_with_page

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.browser_fixtures"]

MARKUP = "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"


@pytest.fixture(scope="module")
def workspace() -> Iterator[RunningWorkspace]:
    with workspace_with_page() as running:
        yield running


@pytest.fixture
def rita(workspace: RunningWorkspace, open_page: OpenPage) -> Page:
    """Rita's window, ready in the channel."""
    page = open_page(address(workspace, RITA))
    expect(page.locator("#messages")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#head h1")).to_have_text("registry-clean")
    return page


def test_a_message_reaches_others_at_once_and_keeps_its_lines(
    workspace: RunningWorkspace, rita: Page, open_page: OpenPage
) -> None:
    ada = open_page(address(workspace, ADA))
    box(rita).fill("first line")
    box(rita).press("Shift+Enter")
    rita.keyboard.type("second & <b>line</b>")
    box(rita).press("Enter")

    shown = ada.locator(".message", has_text="second").last
    expect(shown.locator(".run")).to_have_text("first line\nsecond & <b>line</b>")
    expect(box(rita)).to_have_value("")
    assert workspace.ada.sees()[-1].text == "first line\nsecond &amp; &lt;b&gt;line&lt;/b&gt;"


def test_markup_in_a_message_stays_text_wherever_it_stands(workspace: RunningWorkspace, rita: Page) -> None:
    rich = {"type": "rich_text_section", "elements": [{"type": "text", "text": MARKUP}]}
    blocks = [
        {"type": "header", "text": plain(MARKUP)},
        {"type": "section", "text": mrkdwn(MARKUP), "fields": [plain(MARKUP)]},
        {"type": "context", "elements": [mrkdwn(MARKUP)]},
        {"type": "actions", "elements": [button(MARKUP[:70], "press")]},
        {"type": "rich_text", "elements": [rich]},
        {"type": "markdown", "text": MARKUP},
        {"type": "table", "rows": [[{"type": "raw_text", "text": MARKUP}]]},
    ]
    ts = posts(workspace, text=MARKUP, blocks=blocks)
    shown = message(rita, ts)

    expect(shown.locator(".block-section .mrkdwn")).to_have_text(MARKUP)
    expect(shown.locator("[data-block=rich_text]")).to_have_text(MARKUP)
    expect(shown.locator("[data-block=markdown]")).to_have_text(MARKUP)
    assert shown.locator("script, img").count() == 0
    expect(rita).to_have_title("#registry-clean · Acme")


def test_messages_in_a_row_share_one_name(workspace: RunningWorkspace, rita: Page) -> None:
    first, second = posts(workspace, "one"), posts(workspace, "two")

    message(rita, second).wait_for()
    assert message(rita, first).locator(".author").count() == 1
    assert message(rita, second).locator(".author").count() == 0


def test_a_slash_suggests_commands_then_their_subcommands(rita: Page) -> None:
    options = rita.get_by_role("option")
    box(rita).press_sequentially("/")
    expect(options).to_have_count(2)
    expect(options.first).to_contain_text("help | ls | rm REPOSITORY:TAG…")
    box(rita).press("Tab")
    expect(box(rita)).to_have_value("/regclean ")
    expect(options).to_have_count(4)

    box(rita).press("ArrowDown")
    box(rita).press("ArrowDown")
    expect(rita.get_by_role("option", selected=True)).to_contain_text("IMAGE… [--reason TEXT]")
    box(rita).press("Enter")
    expect(box(rita)).to_have_value("/regclean rm ")

    rita.keyboard.type("app:1.2")
    expect(options).to_have_count(0)
    expect(rita.locator("#composer .usage")).to_have_text("/regclean rm IMAGE… [--reason TEXT]")
    box(rita).press("Escape")
    expect(rita.locator("#composer .usage")).to_be_hidden()


def test_an_unknown_command_is_told_and_kept(workspace: RunningWorkspace, rita: Page) -> None:
    box(rita).fill("/regclaen ls")
    box(rita).press("Enter")

    notice = rita.locator(".message.notice").last
    expect(notice).to_contain_text("/regclaen is not a valid command.")
    expect(notice).to_contain_text("Only visible to you")
    expect(box(rita)).to_have_value("/regclaen ls")
    assert workspace.rita.notes == []


def test_a_command_without_an_app_says_why_it_failed(rita: Page) -> None:
    box(rita).fill("/regclean ls")
    box(rita).press("Enter")

    notice = rita.locator(".message.notice").last
    expect(notice).to_contain_text('/regclean failed with the error "app_not_responding"')
    expect(notice).to_contain_text("Is the bot running?")
    expect(box(rita)).to_have_value("/regclean ls")


def test_an_ephemeral_message_is_seen_by_its_reader_only_and_can_be_dismissed(
    workspace: RunningWorkspace, rita: Page, open_page: OpenPage
) -> None:
    ada = open_page(address(workspace, ADA))
    app_client(workspace).chat_postEphemeral(channel=REGISTRY_CLEAN, user=RITA, text="for Rita's eyes")
    posts(workspace, "for all eyes")

    private = rita.locator(".message.private", has_text="for Rita's eyes")
    expect(private).to_contain_text("Only visible to you")
    ada.locator(".message", has_text="for all eyes").wait_for()
    expect(ada.locator(".message", has_text="for Rita's eyes")).to_have_count(0)

    rita.get_by_role("radio", name="Ada approver").check(force=True)
    expect(rita).to_have_url(address(workspace, ADA))
    rita.locator(".message", has_text="for all eyes").wait_for()
    expect(private).to_have_count(0)

    rita.get_by_role("radio", name="Rita requester").check(force=True)
    private.get_by_role("button", name="Dismiss").click()
    expect(private).to_have_count(0)


def test_a_changed_message_is_replaced_in_place_and_marked(workspace: RunningWorkspace, rita: Page) -> None:
    rita.evaluate("addEventListener('animationstart', event => (document.body.title = event.animationName), true)")
    ts = posts(workspace, "planning")
    message(rita, ts).wait_for()
    later = posts(workspace, "later")
    message(rita, later).wait_for()
    app_client(workspace).chat_update(channel=REGISTRY_CLEAN, ts=ts, text="*done*")

    expect(message(rita, ts).locator("strong")).to_have_text("done")
    expect(message(rita, ts)).to_contain_text("(edited)")
    expect(rita.locator("body")).to_have_attribute("title", "flash")
    expect(rita.locator("#announcer")).to_have_text("regclean changed a message: *done*")
    app_client(workspace).chat_delete(channel=REGISTRY_CLEAN, ts=ts)
    expect(message(rita, ts)).to_have_count(0)


def test_a_thread_opens_beside_the_channel_and_takes_replies(workspace: RunningWorkspace, rita: Page) -> None:
    ts = posts(workspace, "a card")
    posts(workspace, "step 1", thread_ts=ts)
    message(rita, ts).get_by_role("button", name="1 reply").click()

    thread = rita.get_by_role("complementary", name="Thread")
    expect(thread.locator(".message")).to_have_count(2)
    thread.get_by_role("combobox").fill("looks right")
    thread.get_by_role("combobox").press("Enter")
    expect(thread.locator(".message").last).to_contain_text("looks right")
    expect(message(rita, ts).get_by_role("button", name="2 replies")).to_be_visible()
    expect(rita.locator("#messages .message", has_text="looks right")).to_have_count(0)

    thread.get_by_role("combobox").fill("/regclean ls")
    thread.get_by_role("combobox").press("Enter")
    expect(thread.locator(".notice")).to_contain_text("/regclean does not work in threads")
    thread.get_by_role("button", name="Close thread").click()
    expect(thread).to_be_hidden()


def test_a_link_to_a_message_scrolls_there_and_a_link_to_a_reply_opens_its_thread(
    workspace: RunningWorkspace, open_page: OpenPage
) -> None:
    ts = posts(workspace, "look here")
    for number in range(40):
        posts(workspace, f"noise {number}")
    reply = posts(workspace, "the reply", thread_ts=ts)

    page = open_page(address(workspace, RITA, ts=ts))
    expect(message(page, ts)).to_be_focused()
    expect(message(page, ts)).to_be_in_viewport()
    page.goto(address(workspace, RITA, ts=reply, thread_ts=ts))
    expect(page.locator(f'#thread [data-ts="{reply}"]')).to_be_focused()


def test_other_channels_show_what_is_unread(workspace: RunningWorkspace, open_page: OpenPage) -> None:
    page = open_page(address(workspace, RITA, RANDOM))
    expect(page.locator("#head h1")).to_have_text("random")
    posts(workspace, "elsewhere")

    row = page.locator("#sidebar").get_by_role("button", name="registry-clean")
    expect(row.locator(".unread")).to_have_text("1")
    row.click()
    expect(page.locator(".message", has_text="elsewhere").last).to_be_visible()
    expect(row.locator(".unread")).to_have_count(0)


def test_the_app_has_a_home_and_messages_of_each_person(workspace: RunningWorkspace, rita: Page) -> None:
    view = {"type": "home", "blocks": [{"type": "section", "text": mrkdwn("*Open requests*: none")}]}
    app_client(workspace).views_publish(user_id=RITA, view=view)
    rita.locator("#sidebar").get_by_role("button", name="regclean", exact=True).click()
    expect(rita.locator("#home strong")).to_have_text("Open requests")
    expect(rita).to_have_url(f"{workspace.url}/?user={RITA}&app={APP_ID}")

    app_client(workspace).chat_postMessage(channel=workspace.rita.dm, text="hello Rita")
    rita.get_by_role("navigation", name="regclean tabs").get_by_role("button", name="Messages").click()
    expect(rita.locator("#messages .message")).to_contain_text("hello Rita")
    rita.get_by_role("radio", name="Ben approver").check(force=True)
    expect(rita.locator("#messages .message", has_text="hello Rita")).to_have_count(0)


def test_the_hints_lead_through_a_request_and_stay_away_once_closed(workspace: RunningWorkspace, rita: Page) -> None:
    hints = rita.get_by_role("note", name="Getting started")
    hints.get_by_role("button", name="Ada approves the card").click()
    expect(rita.get_by_role("radio", name="Ada approver")).to_be_checked()
    hints.get_by_role("button", name="/regclean rm").click()
    expect(rita.get_by_role("radio", name="Rita requester")).to_be_checked()
    expect(box(rita)).to_have_value("/regclean rm sample/library/busybox:1.35.0")

    hints.get_by_role("button", name="Hide these hints").click()
    rita.reload()
    expect(rita.locator("#head h1")).to_have_text("registry-clean")
    expect(hints).to_be_hidden()


def test_the_window_fits_a_phone(workspace: RunningWorkspace, open_page: OpenPage) -> None:
    ts = posts(workspace, "on a phone")
    page = open_page(address(workspace, RITA), size=PHONE)
    message(page, ts).wait_for()
    sidebar = page.get_by_role("navigation", name="Workspace")
    expect(sidebar).to_be_hidden()
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 400

    page.get_by_role("button", name="Channels").click()
    expect(sidebar).to_be_visible()
    page.keyboard.press("Escape")
    expect(sidebar).to_be_hidden()
    page.get_by_role("button", name="Channels").click()
    sidebar.get_by_role("button", name="random").click()
    expect(page.locator("#head h1")).to_have_text("random")
    expect(sidebar).to_be_hidden()
