"""An app created from its manifest, as on Slack's page “From a manifest” (docs.slack.dev/reference/app-manifest)."""

from dataclasses import replace

from demo.workspace.records import Json
from demo.workspace.settings import Command, Shortcut, WorkspaceSettings


def registered(manifest: Json, settings: WorkspaceSettings) -> WorkspaceSettings:
    """The settings with an app of that manifest in place of the one they had.

    Raises:
        KeyError: the manifest lacks a part that an app of this kind has.
    """
    features, wanted = manifest["features"], manifest["settings"]
    sockets = wanted["socket_mode_enabled"]
    return replace(
        settings,
        mode="socket" if sockets else "http",
        request_url="" if sockets else wanted["interactivity"]["request_url"],
        scopes=frozenset(manifest["oauth_config"]["scopes"]["bot"]),
        commands=tuple(_command(each) for each in features["slash_commands"]),
        message_shortcuts=_shortcuts(manifest, "message"),
        global_shortcuts=_shortcuts(manifest, "global"),
        events=frozenset(wanted["event_subscriptions"]["bot_events"]),
    )


def _command(given: Json) -> Command:
    return Command(
        command=given["command"],
        usage_hint=given.get("usage_hint", ""),
        description=given["description"],
        should_escape=given.get("should_escape", False),
    )


def _shortcuts(manifest: Json, kind: str) -> tuple[Shortcut, ...]:
    given = manifest["features"].get("shortcuts", ())
    return tuple(Shortcut(callback_id=each["callback_id"], name=each["name"]) for each in given if each["type"] == kind)
