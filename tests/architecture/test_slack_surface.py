"""What of Slack the code uses, found in the code itself, is what the manifest registers: nothing less, nothing more."""

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners import Room, install
from bot.manifest import manifest
from bot.slack.scopes import METHODS

ROOT = Path(__file__).parents[2]
PRODUCTION = [path for room in ("bot", "cli") for path in sorted((ROOT / room).rglob("*.py"))]
CLIENT = {
    name: function
    for name, function in vars(AsyncWebClient).items()
    if inspect.isfunction(function) and not name.startswith("_")
}


class Listening(AsyncApp):
    """A bolt app that remembers what is registered with it."""

    def __init__(self) -> None:
        super().__init__(signing_secret="unused", token="xoxb-unused", request_verification_enabled=False)
        self.heard: dict[str, list[Any]] = defaultdict(list)


def remembering(kind: str) -> Callable[..., Any]:
    def register(self: Listening, what: Any, *more: Any, **options: Any) -> Any:
        self.heard[kind].append(what)
        return getattr(AsyncApp, kind)(self, what, *more, **options)

    return register


for _kind in ("command", "action", "shortcut", "message_shortcut", "global_shortcut", "view", "event", "options"):
    setattr(Listening, _kind, remembering(_kind))


def heard() -> dict[str, list[Any]]:
    """What the bot listens to, by kind; its listeners are never called here, so they need no real room."""
    app = Listening()
    install(app, Room(web=None, desk=None))  # type: ignore[arg-type]  # see above
    return app.heard


def methods(name: str) -> set[str]:
    """The Web API methods that a function of the SDK calls, also through others of its functions."""
    source = inspect.getsource(CLIENT[name])
    inner = set(re.findall(r"self\.(\w+)\(", source)) & CLIENT.keys() - {name, "api_call"}
    return set(re.findall(r'api_call\(\s*"([\w.]+)"', source)).union(*map(methods, inner))


def used() -> Iterator[str]:
    """The SDK's functions that the code names, called at once or handed on."""
    for path in PRODUCTION:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in CLIENT and "_" in node.attr:
                yield node.attr


def test_every_listener_is_registered_in_the_manifest_and_nothing_else_is() -> None:
    document, listeners = manifest(), heard()
    features, settings = document["features"], document["settings"]
    assert [each["command"] for each in features["slash_commands"]] == listeners["command"]
    for kind in ("message", "global"):
        named = [each["callback_id"] for each in features["shortcuts"] if each["type"] == kind]
        assert named == listeners[f"{kind}_shortcut"]
    assert listeners["shortcut"] == []
    assert settings["event_subscriptions"]["bot_events"] == listeners["event"]
    assert features["app_home"]["home_tab_enabled"] is ("app_home_opened" in listeners["event"])
    assert settings["interactivity"]["is_enabled"] is bool(listeners["action"] or listeners["view"])
    assert listeners["options"] == [], "menus that load their options need an address in the manifest"


def test_every_method_that_the_code_calls_is_in_the_table_and_no_other_is() -> None:
    called = set().union(*(methods(name) for name in used()))
    assert called == set(METHODS)


def test_the_code_reaches_the_web_api_by_the_sdks_functions_only() -> None:
    """`api_call` would hide from the test above what it calls; a client of ours may hand on what it was given."""
    hidden = [path for path in PRODUCTION if re.search(r"(?<!super\(\))\.api_call\(", path.read_text())]
    assert hidden == []
