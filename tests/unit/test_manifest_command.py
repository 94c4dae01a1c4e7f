"""`regclean manifest`: what it prints, in both modes and both formats, and that Slack would take it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bot.commands import COMMANDS
from bot.manifest import manifest
from bot.slack.scopes import METHODS, SCOPES, methods_that_need
from cli.main import app
from workers.core.errors import BadInput

HTTP = ("--mode", "http", "--url", "https://regclean.example.com")
EVENTS = "https://regclean.example.com/slack/events"
# The longest texts that Slack takes (docs.slack.dev/reference/app-manifest), by the path of their key.
LONGEST = {
    "display_information.name": 35,
    "display_information.description": 140,
    "features.bot_user.display_name": 80,
    "features.shortcuts[].name": 24,
    "features.shortcuts[].callback_id": 255,
    "features.shortcuts[].description": 150,
    "features.slash_commands[].command": 32,
    "features.slash_commands[].description": 2_000,
    "features.slash_commands[].usage_hint": 1_000,
}

# The keys that Slack knows in each block that the manifest has; another one makes it refuse the whole.
KNOWN = {
    "": {"display_information", "features", "oauth_config", "settings"},
    "display_information": {"name", "description", "background_color", "long_description"},
    "features": {"app_home", "bot_user", "shortcuts", "slash_commands"},
    "features.app_home": {"home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled"},
    "features.bot_user": {"display_name", "always_online"},
    "features.shortcuts[]": {"name", "type", "callback_id", "description"},
    "features.slash_commands[]": {"command", "url", "description", "usage_hint", "should_escape"},
    "oauth_config": {"scopes"},
    "oauth_config.scopes": {"bot"},
    "settings": {
        "event_subscriptions",
        "interactivity",
        "org_deploy_enabled",
        "socket_mode_enabled",
        "token_rotation_enabled",
    },
    "settings.event_subscriptions": {"request_url", "bot_events"},
    "settings.interactivity": {"is_enabled", "request_url"},
}


def printed(*options: str) -> str:
    result = CliRunner().invoke(app, ["manifest", *options])
    assert result.exit_code == 0, result.output
    return result.stdout


def texts(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Every text in the manifest with its path."""
    if isinstance(value, Mapping):
        return [each for key, inner in value.items() for each in texts(inner, f"{path}.{key}".lstrip("."))]
    if isinstance(value, list):
        return [each for inner in value for each in texts(inner, f"{path}[]")]
    return [(path, value)] if isinstance(value, str) else []


def blocks(value: Any, path: str = "") -> list[tuple[str, set[str]]]:
    """Every mapping in the manifest: its path and its keys."""
    if isinstance(value, Mapping):
        inner = [each for key, below in value.items() for each in blocks(below, f"{path}.{key}".lstrip("."))]
        return [(path, set(value)), *inner]
    return [each for below in value for each in blocks(below, f"{path}[]")] if isinstance(value, list) else []


def test_slack_knows_every_key() -> None:
    for document in (manifest(), manifest(EVENTS)):
        assert [(path, keys - KNOWN[path]) for path, keys in blocks(document) if keys - KNOWN[path]] == []


def test_yaml_and_json_say_the_same_and_can_be_piped() -> None:
    for options in ((), HTTP):
        assert yaml.safe_load(printed(*options)) == json.loads(printed(*options, "--format", "json"))
    assert json.loads(printed("--format", "json")) == manifest()


def test_without_options_it_is_for_socket_mode_and_names_no_address() -> None:
    document = yaml.safe_load(printed())
    assert document["settings"]["socket_mode_enabled"] is True
    assert "://" not in printed()


def test_over_http_every_kind_of_request_goes_to_the_one_address_the_bot_serves() -> None:
    document = yaml.safe_load(printed(*HTTP))
    assert document["settings"]["socket_mode_enabled"] is False
    assert document["settings"]["event_subscriptions"]["request_url"] == EVENTS
    assert document["settings"]["interactivity"]["request_url"] == EVENTS
    assert [each["url"] for each in document["features"]["slash_commands"]] == [EVENTS]


@pytest.mark.parametrize(
    "url",
    ["https://regclean.example.com", "https://regclean.example.com/", f"{EVENTS}", f"{EVENTS}/"],
)
def test_the_address_may_be_written_with_or_without_its_end(url: str) -> None:
    assert printed("--mode", "http", "--url", url) == printed(*HTTP)


def test_a_path_before_it_is_kept() -> None:
    shown = printed("--mode", "http", "--url", "https://example.com/tools/regclean/")
    assert "https://example.com/tools/regclean/slack/events" in shown


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (("--mode", "http"), "add --url"),
        (("--url", "https://regclean.example.com"), "add --mode http"),
        (("--mode", "http", "--url", "http://regclean.example.com"), "https://"),
        (("--mode", "http", "--url", "regclean.example.com"), "https://"),
        (("--mode", "http", "--url", "https://me:secret@regclean.example.com"), "without user"),
        (("--mode", "http", "--url", "https://regclean.example.com?a=b"), "query"),
        (("--mode", "http", "--url", "https://[regclean"), "https://"),
    ],
)
def test_what_does_not_fit_together_is_one_sentence(options: tuple[str, ...], remedy: str) -> None:
    error = CliRunner().invoke(app, ["manifest", *options]).exception
    assert isinstance(error, BadInput)
    assert remedy in error.sentence
    assert "secret" not in error.sentence


def test_every_text_is_as_short_as_slack_wants_it() -> None:
    document = manifest(EVENTS)
    found = dict(texts(document))
    assert LONGEST.keys() <= found.keys()
    assert [path for path, text in texts(document) if len(text) > LONGEST.get(path, 3_500)] == []


def test_the_hint_names_every_command_with_what_it_takes() -> None:
    (command,) = manifest()["features"]["slash_commands"]
    assert command["usage_hint"].split(" | ") == [f"{name} {each.hint}" for name, each in COMMANDS.items()]
    assert command["should_escape"] is True


def test_each_scope_is_there_for_a_method_or_for_the_commands() -> None:
    assert set(SCOPES) == {scope for scopes in METHODS.values() for scope in scopes} | {"commands"}
    assert [scope for scope in SCOPES if not methods_that_need(scope)] == ["commands"]
    assert manifest()["oauth_config"]["scopes"] == {"bot": sorted(SCOPES)}
