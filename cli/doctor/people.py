"""Slack's checks of where and whom: the channels of cards, and the people who approve."""

from collections.abc import Sequence
from typing import Any, Final

from slack_sdk.errors import SlackApiError

from bot.slack.web import error_codes
from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict, fine, problem, unknown

_NO_CARD: Final = "Its cards cannot be posted, so nobody sees or approves the requests."
_NO_VOTE: Final = "This entry can approve nothing; if no other approver is left, every request waits until it expires."
_MEMBER: Final = "Correct approvals.approvers; in Slack, “Copy member ID” in the person's profile."


def channels(patient: Patient) -> Sequence[str]:
    """Every channel that cards go to, once."""
    config = patient.config
    return list(dict.fromkeys(config.channel_of(registry.name) for registry in config.registries))


def approvers(patient: Patient) -> Sequence[str]:
    return patient.config.approvals.approvers


async def channel(patient: Patient, subject: str) -> Verdict:
    try:
        answer = await patient.slack.conversations_info(channel=subject)
    except SlackApiError as error:
        return _no_channel(subject, error)
    found: dict[str, Any] = answer["channel"]
    name = f"#{found.get('name', subject)}"
    if found.get("is_archived"):
        return problem(f"The channel {name} is archived.", _NO_CARD, "Unarchive it, or configure another channel.")
    if not found.get("is_member"):
        return problem(f"The bot is not in {name}.", _NO_CARD, f"Type “/invite @regclean” in {name}.")
    return fine(f"The bot is in {name}.")


def _no_channel(subject: str, error: SlackApiError) -> Verdict:
    if "channel_not_found" in error_codes(error):
        return problem(
            f"The bot sees no channel {subject}: there is none, or it is private and the bot is not in it.",
            _NO_CARD,
            "Correct the channel's id in the configuration, or type “/invite @regclean” in the channel.",
        )
    return _unseen(subject, error)


async def approver(patient: Patient, subject: str) -> Verdict:
    try:
        answer = await patient.slack.users_info(user=subject)
    except SlackApiError as error:
        if {"user_not_found", "users_not_found", "user_not_visible"}.isdisjoint(error_codes(error)):
            return _unseen(subject, error)
        return problem(f"There is no member {subject} in the workspace.", _NO_VOTE, _MEMBER)
    found: dict[str, Any] = answer["user"]
    name = str(found.get("real_name") or found.get("name") or subject)
    if found.get("deleted"):
        return problem(f"The account of the approver {name} is deactivated.", _NO_VOTE, _MEMBER)
    if found.get("is_bot"):
        return problem(f"The approver {name} is a bot, not a person.", _NO_VOTE, _MEMBER)
    return fine(f"{name} may approve.")


def _unseen(subject: str, error: SlackApiError) -> Verdict:
    reason = ", ".join(error_codes(error)) or "without a reason"
    if needed := error.response.get("needed"):
        reason += f", which needs {needed}"
    return unknown(
        f"Slack does not let the bot look at {subject} ({reason}).",
        "Whether it is right will only show when a request needs it.",
        "Mend what slack.scopes says, and run this again.",
    )
