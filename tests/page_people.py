"""A workspace with its page for tests: what the app posts, and where a person's window opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page
from slack_sdk import WebClient

from demo.workspace import RunningWorkspace, WorkspaceSettings, running_workspace
from demo.workspace.content import REGISTRY_CLEAN
from demo.workspace.settings import Command, Rates, Shortcut, Subcommand

SETTINGS = WorkspaceSettings(
    commands=(
        Command(
            command="/regclean",
            usage_hint="help | ls | rm REPOSITORY:TAG…",
            description="Free space in your registries",
            subcommands=(
                Subcommand(name="ls", hint="[REPOSITORY]", description="What is there"),
                Subcommand(name="rm", hint="IMAGE… [--reason TEXT]", description="Ask for a deletion"),
                Subcommand(name="rules", description="Who may approve what"),
                Subcommand(name="help", description="What there is"),
            ),
        ),
        Command(command="/remind", usage_hint="WHEN", description="Something else"),
    ),
    message_shortcuts=(Shortcut(callback_id="plan_again", name="Plan again"),),
    global_shortcuts=(Shortcut(callback_id="new_request", name="New request"),),
    rates=Rates(posts_per_second=1000.0, post_burst=1000),
)


@contextmanager
def workspace_with_page() -> Iterator[RunningWorkspace]:
    with running_workspace(SETTINGS) as running:
        yield running


def app_client(workspace: RunningWorkspace) -> WebClient:
    return WebClient(token=workspace.bot_token, base_url=workspace.api_url)


def posts(workspace: RunningWorkspace, text: str = "a message", **fields: Any) -> str:
    """Let the app post in the channel; returns the message's ts."""
    answer = app_client(workspace).chat_postMessage(channel=REGISTRY_CLEAN, text=text, **fields)
    return str(answer["ts"])


def address(workspace: RunningWorkspace, user: str, channel: str = REGISTRY_CLEAN, **more: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in {"user": user, "channel": channel, **more}.items())
    return f"{workspace.url}/?{query}"


def message(page: Page, ts: str) -> Locator:
    """The message in the channel's list."""
    return page.locator(f'#messages [data-ts="{ts}"]')


def box(page: Page) -> Locator:
    """The channel's message box."""
    return page.locator("#composer textarea")


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def button(text: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}
