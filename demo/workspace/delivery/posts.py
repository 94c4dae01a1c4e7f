"""HTTP mode: signed posts to the app's request URL (docs.slack.dev/authentication/verifying-requests-from-slack)."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from demo.workspace.clock import Clock
from demo.workspace.delivery.parcel import DispatchFailed, Parcel
from demo.workspace.records import Json

FORM = "application/x-www-form-urlencoded"


class Posts:
    """Posts to one request URL; `url` empty means that none is set."""

    def __init__(self, url: str, signing_secret: str, clock: Clock) -> None:
        self.url = url
        self._secret = signing_secret
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def send(self, parcel: Parcel) -> Json | None:
        if not self.url:
            raise DispatchFailed("app_not_responding", "connection_failed")
        kind, body = encode(parcel)
        retries = _retry_headers(parcel) if parcel.attempt else {}
        status, answer_type, text = await self._post(kind, body, retries)
        if status != 200:
            raise DispatchFailed("dispatch_failed", "http_error")
        return decode(answer_type, text) if parcel.wants_answer else None

    async def verify(self, url: str, challenge: str, token: str) -> bool:
        """Whether the URL answers Slack's challenge (docs.slack.dev/reference/events/url_verification)."""
        body = json.dumps({"token": token, "challenge": challenge, "type": "url_verification"})
        previous, self.url = self.url, url
        try:
            status, answer_type, text = await self._post("application/json", body, {})
        except DispatchFailed:
            status, answer_type, text = 0, "", ""
        found = (decode(answer_type, text) or {}) if status == 200 else {}
        if challenge not in (found.get("challenge"), found.get("text")):
            self.url = previous
            return False
        return True

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, kind: str, body: str, more: dict[str, str]) -> tuple[int, str, str]:
        # A new connection each time: one kept open would fail the first payload after the app was restarted.
        self._session = self._session or aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        headers = {"Content-Type": kind, **self._signature(body), **more}
        try:
            async with self._session.post(self.url, data=body.encode(), headers=headers) as response:
                return response.status, response.content_type, await response.text()
        except aiohttp.ClientError as error:
            raise DispatchFailed("dispatch_failed", "connection_failed") from error

    def _signature(self, body: str) -> dict[str, str]:
        timestamp = str(int(self._clock.now()))
        digest = hmac.new(self._secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def encode(parcel: Parcel) -> tuple[str, str]:
    """The content type and body of a payload: commands are forms, interactions a form's `payload`, events JSON."""
    if parcel.kind == "slash_commands":
        return FORM, urlencode(parcel.payload)
    if parcel.kind == "interactive":
        return FORM, urlencode({"payload": json.dumps(parcel.payload)})
    return "application/json", json.dumps(parcel.payload)


def decode(kind: str, text: str) -> Json | None:
    """An answer's body: a JSON object as such, other text as a message's text."""
    if not text:
        return None
    if kind == "application/json":
        try:
            found = json.loads(text)
        except ValueError as error:
            raise DispatchFailed("dispatch_failed", "http_error") from error
        return found if isinstance(found, dict) else None
    return {"text": text}


def _retry_headers(parcel: Parcel) -> dict[str, str]:
    return {"X-Slack-Retry-Num": str(parcel.attempt), "X-Slack-Retry-Reason": parcel.reason}
