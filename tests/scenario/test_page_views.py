"""Modals that change while they are open, and the home tab, at the demo's page."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from slack_bolt.app.async_app import AsyncApp

from demo.workspace import RunningWorkspace
from demo.workspace.content import ADA
from tests.browser import OpenPage
from tests.contract.bolt_apps import socket_app
from tests.page_people import address, button, message, mrkdwn, plain, posts, workspace_with_page

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.browser_fixtures"]

NOTE = {
    "type": "input",
    "block_id": "note",
    "optional": True,
    "label": plain("Note"),
    "element": {"type": "plain_text_input", "action_id": "text"},
}
STEPS = ("update", "push", "clear")


def modal(title: str, text: str) -> dict[str, Any]:
    actions = {"type": "actions", "block_id": "steps", "elements": [button("More", "more")]}
    blocks = [{"type": "section", "text": mrkdwn(text)}, NOTE, actions]
    return {"type": "modal", "callback_id": "steps", "title": plain(title), "submit": plain("Next"), "blocks": blocks}


class App:
    """Opens a modal, changes it on a click, and answers its submissions by what was noted."""

    def __init__(self) -> None:
        self.opened = 0

    def install(self, app: AsyncApp) -> None:
        app.action("open")(self._open)
        app.action("more")(self._more)
        app.action("refresh")(self._refresh)
        app.view("steps")(self._submitted)
        app.event("app_home_opened")(self._home)

    async def _open(self, ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal("First", "one"))

    async def _more(self, ack: Any, body: Any, client: Any) -> None:
        await ack()
        await client.views_update(view_id=body["view"]["id"], view=modal("First", "*more*"))

    async def _submitted(self, ack: Any, view: Any) -> None:
        step = view["state"]["values"]["note"]["text"]["value"]
        if step in {"update", "push"}:
            await ack(response_action=step, view=modal(step.title(), f"after {step}"))
        elif step == "clear":
            await ack(response_action="clear")
        else:
            await ack()

    async def _home(self, event: Any, client: Any) -> None:
        self.opened += 1
        await self._publish(client, event["user"])

    async def _refresh(self, ack: Any, body: Any, client: Any) -> None:
        await ack()
        self.opened += 100
        await self._publish(client, body["user"]["id"])

    async def _publish(self, client: Any, user: str) -> None:
        text = {"type": "section", "text": mrkdwn(f"opened {self.opened}"), "accessory": button("Refresh", "refresh")}
        await client.views_publish(user_id=user, view={"type": "home", "blocks": [text]})


@pytest.fixture(scope="module")
def workspace() -> Iterator[RunningWorkspace]:
    with workspace_with_page() as running, socket_app(running, App().install):
        yield running


@pytest.fixture
def ada(workspace: RunningWorkspace, open_page: OpenPage) -> Page:
    page = open_page(address(workspace, ADA))
    expect(page.locator("#head h1")).to_have_text("registry-clean")
    return page


@pytest.fixture
def first(workspace: RunningWorkspace, ada: Page) -> Locator:
    """The first modal, open."""
    ts = posts(workspace, blocks=[{"type": "actions", "elements": [button("Open", "open")]}])
    message(ada, ts).get_by_role("button", name="Open").click()
    dialog = ada.get_by_role("dialog", name="First")
    dialog.wait_for()
    return dialog


def answer(dialog: Locator, note: str) -> None:
    dialog.get_by_label("Note").fill(note)
    dialog.get_by_role("button", name="Next").click()


def test_an_updated_modal_keeps_what_was_typed_and_the_focus(first: Locator) -> None:
    first.get_by_label("Note").fill("half a thought")
    first.get_by_role("button", name="More").click()

    expect(first.locator("strong")).to_have_text("more")
    expect(first.get_by_label("Note")).to_have_value("half a thought")
    expect(first.get_by_role("button", name="More")).to_be_focused()


def test_a_submission_may_replace_the_modal(first: Locator, ada: Page) -> None:
    answer(first, "update")
    replaced = ada.get_by_role("dialog", name="Update")
    expect(replaced).to_contain_text("after update")
    answer(replaced, "done")
    expect(ada.get_by_role("dialog")).to_have_count(0)


def test_a_pushed_modal_closes_back_to_the_one_below(first: Locator, ada: Page) -> None:
    answer(first, "push")
    pushed = ada.get_by_role("dialog", name="Push")
    expect(pushed).to_contain_text("after push")
    ada.keyboard.press("Escape")

    expect(first).to_contain_text("one")
    expect(first.get_by_label("Note")).to_have_value("push")
    first.get_by_role("button", name="Next").click()
    answer(pushed, "clear")
    expect(ada.get_by_role("dialog")).to_have_count(0)


def test_the_home_tab_is_published_on_opening_and_changes_by_its_buttons(ada: Page) -> None:
    ada.locator("#sidebar").get_by_role("button", name="regclean", exact=True).click()
    home = ada.locator("#home")
    expect(home).to_contain_text("opened 1")
    home.get_by_role("button", name="Refresh").click()
    expect(home).to_contain_text("opened 101")
    expect(home.get_by_role("button", name="Refresh")).to_be_focused()
