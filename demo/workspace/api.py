"""The gate before the Web API's methods: tokens, scopes and the form of the answer."""

import math
from dataclasses import dataclass, field

from demo.workspace.arguments import Arguments
from demo.workspace.methods import METHODS, Call, Method
from demo.workspace.posting import find_channel
from demo.workspace.records import Json
from demo.workspace.refusal import Refusal
from demo.workspace.settings import WorkspaceSettings
from demo.workspace.state import Workspace

POST = "chat.postMessage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    body: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def answer(workspace: Workspace, name: str, token: str, arguments: Arguments) -> Answer:
    """Carry out one call; refusals are answers with status 200, as in Slack."""
    try:
        method = _method(name)
        _check_token(method, token, workspace.settings)
        _check_scope(method, workspace.settings)
        wait = _wait(workspace, name, method, arguments)
        if wait:
            return ratelimited(math.ceil(wait))
        return Answer(body={"ok": True, **method.handle(Call(workspace=workspace, arguments=arguments))})
    except Refusal as refusal:
        return Answer(body=refusal.answer())


def ratelimited(seconds: int) -> Answer:
    body = {"ok": False, "error": "ratelimited"}
    return Answer(body=body, status=429, headers={"Retry-After": str(seconds)})


def _wait(workspace: Workspace, name: str, method: Method, arguments: Arguments) -> float:
    """Seconds until the call may be made; posting is limited by channel, everything else by method."""
    if name != POST:
        return workspace.limits.call(name, method.tier)
    channel = limited_channel(workspace, name, arguments.values)
    return workspace.limits.post(channel) if channel else 0.0


def limited_channel(workspace: Workspace, name: str, values: Json) -> str:
    """The id of the channel that a call's limit is for; empty where the method is limited as a whole."""
    if name != POST:
        return ""
    channel = find_channel(workspace, Arguments(values).text("channel"))
    return channel.id if channel else ""


def scope_headers(name: str, token: str, settings: WorkspaceSettings) -> dict[str, str]:
    """What the token has and what the method takes; nothing of a token that is not known."""
    known = {settings.bot_token: settings.scopes, settings.app_token: settings.app_scopes}
    if token not in known or name not in METHODS:
        return {}
    return {"X-OAuth-Scopes": ",".join(sorted(known[token])), "X-Accepted-OAuth-Scopes": METHODS[name].scope}


def _method(name: str) -> Method:
    if name not in METHODS:
        raise Refusal("unknown_method", req_method=name)
    return METHODS[name]


def _check_token(method: Method, token: str, settings: WorkspaceSettings) -> None:
    if method.caller == "anyone":
        return
    if not token:
        raise Refusal("not_authed")
    if token not in {settings.bot_token, settings.app_token}:
        raise Refusal("invalid_auth")
    if token != (settings.app_token if method.caller == "app" else settings.bot_token):
        raise Refusal("not_allowed_token_type")


def _check_scope(method: Method, settings: WorkspaceSettings) -> None:
    scopes = settings.app_scopes if method.caller == "app" else settings.scopes
    if method.scope and method.scope not in scopes:
        raise Refusal("missing_scope", needed=method.scope, provided=",".join(sorted(scopes)))
