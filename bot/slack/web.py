"""Web: one session with Slack: Web API methods, forms and response URLs; every failure raises, none is retried here."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.access import Access
from bot.slack.blocks import Block, File, Message
from bot.slack.counted import CountedClient, counted
from workers.core.errors import Unavailable

_SECONDS: Final = 20


class UrlSpent(Unavailable):
    """Slack takes no answer by this response URL, which works five times within 30 minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where a message stands."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Metadata by which a message of ours is found again (docs.slack.dev/messaging/message-metadata)."""

    event_type: str
    request: str
    sequence: int = 0
    hash: str = ""

    def as_json(self) -> dict[str, Any]:
        payload = {"request": self.request, "sequence": self.sequence, "hash": self.hash}
        return {"event_type": self.event_type, "event_payload": payload}

    @classmethod
    def read(cls, message: dict[str, Any]) -> Self | None:
        """The mark of a message that has one of ours, whatever its kind."""
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        number = str(payload.get("sequence") or 0)
        if not payload.get("request") or not number.isdecimal():
            return None
        return cls(
            event_type=str(metadata.get("event_type")),
            request=str(payload["request"]),
            sequence=int(number),
            hash=str(payload.get("hash") or ""),
        )

    def number_in(self, message: dict[str, Any]) -> int | None:
        """The sequence number in a message with a mark of this kind for this request, None in any other message."""
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") != self.event_type or payload.get("request") != self.request:
            return None
        return int(payload.get("sequence") or 0)


class Web:
    """Slack as the bot sees it; SlackApiError, aiohttp.ClientError and TimeoutError pass through."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession, access: Access) -> None:
        self.client = client
        self._session = session
        self._access = access

    async def post(self, channel: str, message: Message, *, mark: Mark | None = None, thread_ts: str = "") -> Posted:
        answer = await self.client.chat_postMessage(
            channel=channel,
            text=message.text,
            blocks=list(message.blocks) or None,
            thread_ts=thread_ts or None,
            metadata=mark.as_json() if mark else None,
            unfurl_links=False,
            unfurl_media=False,
        )
        return Posted(channel=str(answer["channel"]), ts=str(answer["ts"]))

    async def update(self, posted: Posted, message: Message, mark: Mark) -> None:
        await self.client.chat_update(
            channel=posted.channel,
            ts=posted.ts,
            text=message.text,
            blocks=list(message.blocks),
            metadata=mark.as_json(),
        )

    async def permalink(self, posted: Posted) -> str:
        answer = await self.client.chat_getPermalink(channel=posted.channel, message_ts=posted.ts)
        return str(answer["permalink"])

    async def find(self, channel: str, mark: Mark, since: float) -> Posted | None:
        """The message with this mark in a channel, if one was posted after `since` (seconds since the epoch)."""
        pages = await self.client.conversations_history(
            channel=channel, limit=200, include_all_metadata=True, oldest=f"{since:.6f}"
        )
        async for page in pages:
            for message in page.get("messages") or []:
                if mark.number_in(message) is not None:
                    return Posted(channel=channel, ts=str(message["ts"]))
        return None

    async def newest(self, channel: str, event_type: str, since: float) -> Sequence[Mark]:
        """The marks of that kind among the newest 100 messages, as far as this bot posted them after `since`."""
        own = (await self.client.auth_test()).get("bot_id")
        page = await self.client.conversations_history(
            channel=channel, limit=100, include_all_metadata=True, oldest=f"{since:.6f}"
        )
        marks = [Mark.read(each) for each in page.get("messages") or [] if each.get("bot_id") == own]
        return [mark for mark in marks if mark and mark.event_type == event_type]

    async def last_in_thread(self, posted: Posted, mark: Mark) -> int:
        """The highest number that marks of this kind have in a message's thread; 0 when there is none."""
        pages = await self.client.conversations_replies(
            channel=posted.channel, ts=posted.ts, limit=200, include_all_metadata=True
        )
        numbers = [0]
        async for page in pages:
            numbers += [number for each in page.get("messages") or [] if (number := mark.number_in(each)) is not None]
        return max(numbers)

    async def open_direct(self, user: str) -> str:
        """The id of the direct message with a user."""
        answer = await self.client.conversations_open(users=[user])
        return str(answer["channel"]["id"])

    async def upload(self, channel: str, file: File, *, thread_ts: str = "") -> None:
        await self.client.files_upload_v2(
            channel=channel, filename=file.name, title=file.title, content=file.content, thread_ts=thread_ts or None
        )

    async def open_view(self, trigger_id: str, view: Block) -> None:
        """Open a form; raises Unavailable when the trigger is older than its three seconds."""
        try:
            await self.client.views_open(trigger_id=trigger_id, view=view)
        except SlackApiError as error:
            if error.response.get("error") in {"expired_trigger_id", "exchanged_trigger_id"}:
                raise Unavailable("Slack waited too long for the form; try again.") from error
            raise

    async def publish_home(self, user: str, view: Block) -> None:
        await self.client.views_publish(user_id=user, view=view)

    async def respond(self, url: str, message: Message, *, share: bool = False, replace: bool = False) -> None:
        """Answer by a response URL, to its asker only unless `share`.

        Raises UrlSpent when it works no longer, or is no address of Slack's.
        """
        if not self._access.is_slack(url):
            raise UrlSpent
        body = {
            "text": message.text,
            "blocks": list(message.blocks),
            "response_type": "in_channel" if share else "ephemeral",
            "replace_original": replace,
        }
        with counted("response_url", url):
            async with self._session.post(url, json=body, proxy=self._access.proxy_for(url)) as response:
                if 400 <= response.status < 500 and response.status != 429:
                    raise UrlSpent
                response.raise_for_status()


def new_client(access: Access, session: aiohttp.ClientSession | None) -> AsyncWebClient:
    """A client whose proxy is the configured one: the SDK would take one from the environment otherwise."""
    client = CountedClient(
        token=access.token.reveal(), base_url=access.api_url, session=session, timeout=_SECONDS, retry_handlers=[]
    )
    client.proxy = access.proxy_for(access.api_url)
    return client


@asynccontextmanager
async def open_web(access: Access) -> AsyncIterator[Web]:
    """A session with Slack on the running event loop."""
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
        yield Web(new_client(access, session), session, access)


def error_codes(error: SlackApiError) -> Sequence[str]:
    """Slack's own word for what it refused; none when the answer was not Slack's, such as a gateway's page."""
    read = getattr(error.response, "get", None)
    code = read("error") if read else None
    return [code] if isinstance(code, str) else []
