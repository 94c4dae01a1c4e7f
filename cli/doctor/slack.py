"""Slack's checks of the app itself: the bot's token, its scopes, the way requests come in, and the time."""

from typing import Final

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.slack.scopes import SCOPES
from bot.slack.web import error_codes, new_client
from cli.doctor import clocks
from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict, fine, problem, unknown, warning

_AGAIN: Final = "Install the app to the workspace again, and copy the bot token (xoxb-…) from “OAuth & Permissions”."
_REFUSALS: Final = {
    "account_inactive": "the app was removed from the workspace, or its bot user deactivated",
    "invalid_auth": "no such token is known",
    "not_allowed_token_type": "it is a token of another kind",
    "token_expired": "it has expired",
    "token_revoked": "it was revoked",
}
_DEAF: Final = "The bot does not start, so nobody can ask for anything or approve it."
_SIGNATURES_LIVE: Final = 300.0
"""Seconds that a signed request may be old or young (docs.slack.dev/authentication/verifying-requests-from-slack)."""


async def token(patient: Patient, subject: str) -> Verdict:
    del subject
    if not patient.required("SLACK_BOT_TOKEN").reveal().startswith("xoxb-"):
        return problem("SLACK_BOT_TOKEN is not a bot token, which begins with xoxb-.", _DEAF, _AGAIN)
    try:
        answer = await patient.slack.auth_test()
    except SlackApiError as error:
        return _refused("SLACK_BOT_TOKEN", error, _AGAIN)
    except (aiohttp.ClientError, TimeoutError) as error:
        return _unreachable(patient, error)
    return fine(f"The bot is {answer.get('user')} in the workspace {answer.get('team')}.")


def _refused(name: str, error: SlackApiError, remedy: str) -> Verdict:
    codes = error_codes(error)
    reason = next((_REFUSALS[code] for code in codes if code in _REFUSALS), ", ".join(codes) or "without a reason")
    return problem(f"Slack refuses {name}: {reason}.", _DEAF, remedy)


def _unreachable(patient: Patient, error: Exception) -> Verdict:
    return problem(
        f"Slack does not answer at {patient.access.api_url} ({type(error).__name__}).",
        "No command arrives, and no card is posted or changed; what was approved still goes on.",
        "Let this machine reach slack.com on port 443, or set slack.proxy in the configuration.",
    )


async def scopes(patient: Patient, subject: str) -> Verdict:
    del subject
    granted = _header(await patient.slack.auth_test(), "x-oauth-scopes")
    if not granted:
        return unknown(
            "Slack did not say which scopes the bot's token has.",
            "What lacks a scope would fail only when it is used.",
            "Look below “OAuth & Permissions” of the app, and compare with “regclean manifest”.",
        )
    has = {scope.strip() for scope in granted.split(",")}
    if missing := [scope for scope in SCOPES if scope not in has]:
        lost = "; ".join(f"without {scope} it cannot {SCOPES[scope]}" for scope in missing)
        return problem(
            f"The bot's token lacks {', '.join(missing)}.",
            f"{lost[:1].upper()}{lost[1:]}.",
            "Put what “regclean manifest” prints into the app's “App Manifest”, and install the app again.",
        )
    if more := sorted(has - set(SCOPES)):
        return warning(
            f"The bot's token also has {', '.join(more)}, which regclean never uses.",
            "Whoever gets hold of the token can do more than they need.",
            "Take these scopes off below “OAuth & Permissions”, and install the app again.",
        )
    return fine(f"The bot's token has the {len(SCOPES)} scopes it needs, and no others.")


def _header(answer: AsyncSlackResponse, name: str) -> str:
    return next((str(value) for key, value in answer.headers.items() if key.lower() == name), "")


async def listening(patient: Patient, subject: str) -> Verdict:
    """That a socket may be opened; none is, since Slack would send payloads to it that belong to the bot."""
    del subject
    app_token = patient.secret("SLACK_APP_TOKEN")
    if app_token:
        return await _socket(patient, app_token.reveal())
    if patient.secret("SLACK_SIGNING_SECRET"):
        return fine("Requests come over HTTP, and there is a signing secret to trust them by.")
    return problem(
        "There is neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET.",
        _DEAF,
        "Set SLACK_APP_TOKEN (xapp-…, with connections:write) for Socket Mode, or SLACK_SIGNING_SECRET for HTTP; "
        "both are below “Basic Information” of the app.",
    )


async def _socket(patient: Patient, app_token: str) -> Verdict:
    remedy = "Make an app-level token with the scope connections:write below “Basic Information”, and use that."
    if not app_token.startswith("xapp-"):
        return problem("SLACK_APP_TOKEN is not an app-level token, which begins with xapp-.", _DEAF, remedy)
    try:
        await new_client(patient.access, patient.session).apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        if "missing_scope" in error_codes(error):
            return problem("SLACK_APP_TOKEN lacks the scope connections:write.", _DEAF, remedy)
        return _refused("SLACK_APP_TOKEN", error, f"{remedy} Socket Mode must be on in the app's settings.")
    return fine("A socket to Slack may be opened.")


async def clock(patient: Patient, subject: str) -> Verdict:
    del subject
    there = clocks.in_header(_header(await patient.slack.auth_test(), "date"))
    now = patient.clock()
    if there and not patient.secret("SLACK_APP_TOKEN") and abs(clocks.ahead(there, now)) >= _SIGNATURES_LIVE:
        return problem(
            clocks.words("Slack", clocks.ahead(there, now)),
            "Every request of Slack is refused as a replay, since its signature counts for five minutes only.",
            clocks.REMEDY,
        )
    return clocks.compared("Slack", there, now, "Times on cards are wrong, and approvals end too early or too late.")
