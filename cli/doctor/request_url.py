"""The request URL's check: Slack's own challenge, signed as Slack signs it, sent to where Slack would send it."""

import json
import secrets
import time
from typing import Final

import aiohttp
from slack_sdk.signature import SignatureVerifier

from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict, fine, problem, skipped

_DEAF: Final = "Slack cannot deliver commands, clicks and forms."


async def request_url(patient: Patient, subject: str) -> Verdict:
    """What answers must echo a challenge (docs.slack.dev/reference/events/url_verification)."""
    del subject
    if patient.secret("SLACK_APP_TOKEN"):
        return fine("Requests come over a socket, so no request URL is needed.")
    if not patient.request_url:
        return skipped("Not checked: give --url the address at which Slack reaches the bot.")
    challenge = secrets.token_hex(16)
    body = json.dumps({"type": "url_verification", "challenge": challenge})
    try:
        async with patient.session.post(patient.request_url, data=body, headers=_signed(patient, body)) as response:
            return _verdict(patient, response.status, challenge in await response.text(errors="replace"))
    except (aiohttp.ClientError, TimeoutError) as error:
        return problem(
            f"Nothing answers at {patient.request_url} ({type(error).__name__}).",
            _DEAF,
            "Check the name, the certificate and the way from there to the bot's port.",
        )


def _signed(patient: Patient, body: str) -> dict[str, str]:
    timestamp = str(int(time.time()))
    verifier = SignatureVerifier(patient.required("SLACK_SIGNING_SECRET").reveal())
    signature = verifier.generate_signature(timestamp=timestamp, body=body) or ""
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature,
    }


def _verdict(patient: Patient, status: int, echoed: bool) -> Verdict:  # noqa: FBT001 - private, and named at its call
    url = patient.request_url
    if status == 200 and echoed:
        return fine(f"The bot answers at {url}, with the same signing secret.")
    if status == 401:
        remedy = "Give the bot the SLACK_SIGNING_SECRET of this very app, and look at its clock."
        return problem(f"The bot at {url} refuses a request signed with SLACK_SIGNING_SECRET.", _DEAF, remedy)
    remedy = "Lead this address to the bot's port, to the path /slack/events, and see that the bot runs over HTTP."
    return problem(f"What answers at {url} (status {status}) is not the bot.", _DEAF, remedy)
