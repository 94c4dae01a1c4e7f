"""People at the demo's page press buttons and fill in modals of an unmodified bolt app."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from slack_bolt.app.async_app import AsyncApp

from demo.workspace import RunningWorkspace
from demo.workspace.content import ADA, REGISTRY_CLEAN, RITA
from tests.browser import PHONE, OpenPage
from tests.contract.bolt_apps import socket_app
from tests.page_people import address, app_client, box, button, message, mrkdwn, plain, posts, workspace_with_page

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.browser_fixtures"]

CONFIRM = {
    "title": plain("Deny this?"),
    "text": mrkdwn("The request *ends* here."),
    "confirm": plain("Deny it"),
    "deny": plain("Keep it"),
    "style": "danger",
}
OPTIONS = [{"text": plain("Prod"), "value": "p"}, {"text": plain("Staging"), "value": "s"}]
ACTIONS: list[dict[str, Any]] = [
    button("Approve", "approve", style="primary", value="R-1"),
    button("Deny", "deny", style="danger", value="R-1", confirm=CONFIRM),
    button("Reason", "reason"),
    button("Lost", "nobody_listens"),
    {"type": "static_select", "action_id": "pick", "options": OPTIONS},
    {"type": "overflow", "action_id": "more", "options": OPTIONS},
]
CARD: list[dict[str, Any]] = [
    {"type": "section", "text": mrkdwn("Delete `app:1.2`?")},
    {"type": "actions", "block_id": "choices", "elements": ACTIONS},
]


def input_block(block_id: str, label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": element, **more}


MODAL = {
    "type": "modal",
    "callback_id": "reasons",
    "title": plain("Why?"),
    "submit": plain("Send"),
    "close": plain("Back"),
    "blocks": [
        input_block("why", "Reason", {"type": "plain_text_input", "action_id": "text", "multiline": True}),
        input_block("where", "Registry", {"type": "static_select", "action_id": "one", "options": OPTIONS}),
        input_block("tell", "Tell", {"type": "checkboxes", "action_id": "many", "options": OPTIONS}, optional=True),
        input_block("when", "When", {"type": "radio_buttons", "action_id": "radio", "options": OPTIONS}),
    ],
}


class Heard:
    """What the app was told, newest last."""

    def __init__(self) -> None:
        self.actions: list[dict[str, Any]] = []
        self.values: list[dict[str, Any]] = []
        self.other: list[str] = []

    def install(self, app: AsyncApp) -> None:
        for name in ("deny", "pick", "more"):
            app.action(name)(self._action)
        app.action("approve")(self._approve)
        app.action("reason")(self._open)
        app.view("reasons")(self._submitted)
        app.command("/regclean")(self._command)
        app.shortcut("plan_again")(self._shortcut)
        app.shortcut("new_request")(self._shortcut)

    async def _action(self, ack: Any, action: Any) -> None:
        await ack()
        self.actions.append(action)

    async def _approve(self, ack: Any, action: Any, body: Any, client: Any) -> None:
        await ack()
        self.actions.append(action)
        where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        blocks = [{"type": "section", "text": mrkdwn(f":white_check_mark: Approved by <@{body['user']['id']}>")}]
        await client.chat_update(**where, text="approved", blocks=blocks)

    async def _open(self, ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    async def _submitted(self, ack: Any, view: Any) -> None:
        values = view["state"]["values"]
        if len(values["why"]["text"]["value"]) < 10:
            await ack(response_action="errors", errors={"why": "Say at least ten characters."})
            return
        self.values.append(values)
        await ack()

    async def _command(self, ack: Any, command: Any) -> None:
        await ack(text=f"taken: {command['text']}", response_type="ephemeral")
        self.other.append(command["text"])

    async def _shortcut(self, ack: Any, shortcut: Any) -> None:
        await ack()
        self.other.append(shortcut["callback_id"] + " " + shortcut.get("message", {}).get("text", ""))


@pytest.fixture(scope="module")
def heard() -> Heard:
    return Heard()


@pytest.fixture(scope="module")
def workspace(heard: Heard) -> Iterator[RunningWorkspace]:
    with workspace_with_page() as running, socket_app(running, heard.install):
        yield running


@pytest.fixture
def ada(workspace: RunningWorkspace, open_page: OpenPage) -> Page:
    """Ada's window with a new card in it."""
    page = open_page(address(workspace, ADA))
    expect(page.locator("#head h1")).to_have_text("registry-clean")
    return page


@pytest.fixture
def card(workspace: RunningWorkspace, ada: Page) -> Locator:
    shown = message(ada, posts(workspace, "a card", blocks=CARD))
    shown.wait_for()
    return shown


def open_modal(card: Locator) -> Locator:
    card.get_by_role("button", name="Reason").click()
    modal = card.page.get_by_role("dialog", name="Why?")
    modal.wait_for()
    return modal


def test_a_click_reaches_the_app_and_the_card_changes_for_everyone(
    workspace: RunningWorkspace, card: Locator, ada: Page, heard: Heard, open_page: OpenPage
) -> None:
    rita = open_page(address(workspace, RITA), size=PHONE)
    ts = card.get_attribute("data-ts") or ""
    message(rita, ts).get_by_role("button", name="Approve").wait_for()
    card.get_by_role("button", name="Approve").click()

    for page in (ada, rita):
        expect(message(page, ts)).to_contain_text("Approved by @Ada Approver")
        expect(message(page, ts).get_by_role("button", name="Approve")).to_have_count(0)
    expect(message(ada, ts)).to_be_focused()
    assert (heard.actions[-1]["action_id"], heard.actions[-1]["value"]) == ("approve", "R-1")


def test_a_dangerous_click_is_confirmed_first(
    card: Locator, ada: Page, heard: Heard, workspace: RunningWorkspace
) -> None:
    heard.actions.clear()
    card.get_by_role("button", name="Deny").click()
    dialog = ada.get_by_role("dialog", name="Deny this?")
    expect(dialog.locator("strong")).to_have_text("ends")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    ada.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(card.get_by_role("button", name="Deny")).to_be_focused()
    card.get_by_role("button", name="Deny").click()
    dialog.get_by_role("button", name="Deny it").click()

    workspace.wait_for(lambda: heard.actions)
    assert [action["action_id"] for action in heard.actions] == ["deny"]


def test_menus_send_what_was_chosen(card: Locator, ada: Page, heard: Heard, workspace: RunningWorkspace) -> None:
    heard.actions.clear()
    card.get_by_role("combobox").select_option("Staging")
    workspace.wait_for(lambda: heard.actions)
    card.get_by_role("button", name="More choices").click()
    ada.get_by_role("menuitem", name="Prod").click()
    workspace.wait_for(lambda: len(heard.actions) == 2)

    assert [action["selected_option"]["value"] for action in heard.actions] == ["s", "p"]


def test_a_click_that_nobody_takes_is_told(card: Locator, ada: Page) -> None:
    lost = card.get_by_role("button", name="Lost")
    lost.click()

    expect(ada.get_by_role("alert")).to_contain_text("The app did not answer within three seconds.")
    expect(lost).not_to_have_attribute("aria-busy", "true")


def test_a_modal_shows_its_errors_under_the_inputs_and_closes_when_taken(card: Locator, heard: Heard) -> None:
    modal = open_modal(card)
    reason = modal.get_by_label("Reason")
    expect(reason).to_be_focused()
    modal.get_by_role("button", name="Send").click()
    expect(modal.get_by_text("Please complete this required field.")).to_have_count(3)

    reason.fill("short")
    modal.get_by_label("Registry").select_option("Staging")
    modal.get_by_role("group", name="Tell").get_by_label("Prod").check()
    modal.get_by_role("radiogroup", name="When").get_by_label("Staging").check()
    modal.get_by_role("button", name="Send").click()
    expect(modal.locator("[data-block-id=why] .input-error")).to_have_text("Say at least ten characters.")
    expect(reason).to_have_attribute("aria-invalid", "true")
    expect(reason).to_be_focused()
    expect(reason).to_have_value("short")

    reason.fill("old release,\nnobody pulls it")
    modal.get_by_role("button", name="Send").click()
    expect(modal).to_have_count(0)
    values = heard.values[-1]
    assert values["why"]["text"]["value"] == "old release,\nnobody pulls it"
    assert values["where"]["one"]["selected_option"]["value"] == "s"
    assert [option["value"] for option in values["tell"]["many"]["selected_options"]] == ["p"]
    assert values["when"]["radio"]["selected_option"]["value"] == "s"


def test_a_modal_keeps_the_keyboard_and_gives_it_back(card: Locator, ada: Page) -> None:
    modal = open_modal(card)
    for key in ["Tab"] * 12 + ["Shift+Tab"] * 12:
        ada.keyboard.press(key)
        assert modal.evaluate("node => node.contains(document.activeElement)")
    ada.keyboard.press("Escape")

    expect(modal).to_have_count(0)
    expect(card.get_by_role("button", name="Reason")).to_be_focused()


def test_lines_pasted_into_a_command_reach_the_app_as_lines(ada: Page, heard: Heard) -> None:
    lines = "/regclean rm app:1.1\napp:1.2\napp:1.3"
    box(ada).focus()
    ada.keyboard.insert_text(lines)
    expect(box(ada)).to_have_value(lines)
    box(ada).press("Enter")

    expect(ada.locator(".message.private").last).to_contain_text("taken: rm app:1.1")
    assert heard.other[-1] == "rm app:1.1\napp:1.2\napp:1.3"


def test_shortcuts_are_offered_on_messages_and_beside_the_box(
    card: Locator, ada: Page, heard: Heard, workspace: RunningWorkspace
) -> None:
    heard.other.clear()
    card.hover()
    card.get_by_role("button", name="More actions").click()
    ada.get_by_role("menuitem", name="Plan again").click()
    workspace.wait_for(lambda: heard.other)
    ada.get_by_role("button", name="Shortcuts").click()
    ada.get_by_role("menuitem", name="New request").click()
    workspace.wait_for(lambda: len(heard.other) == 2)

    assert heard.other == ["plan_again a card", "new_request "]


def test_a_card_that_changes_keeps_what_was_chosen_on_it(card: Locator, workspace: RunningWorkspace) -> None:
    card.get_by_role("combobox").select_option("Staging")
    changed: list[dict[str, Any]] = [{"type": "section", "text": mrkdwn("Delete `app:1.2` soon?")}, CARD[1]]
    ts = card.get_attribute("data-ts") or ""
    app_client(workspace).chat_update(channel=REGISTRY_CLEAN, ts=ts, text="a card", blocks=changed)

    expect(card).to_contain_text("soon?")
    expect(card.get_by_role("combobox")).to_have_value("1")
