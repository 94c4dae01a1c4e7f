"""The page's own API under `/_/`: what a person's client shows, and what it sends when they act."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from aiohttp import WSMsgType, web

from demo.workspace import boot, shapes, typed_text
from demo.workspace.interactions import Interactions
from demo.workspace.records import Channel, Json, Message
from demo.workspace.refusal import Refusal
from demo.workspace.state import Workspace

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Browser:
    def __init__(self, workspace: Workspace, interactions: Interactions) -> None:
        self._workspace = workspace
        self._interactions = interactions

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_/boot", self._get(self.boot)),
            web.get("/_/history", self._get(self.history)),
            web.get("/_/stream", self.stream),
            web.post("/_/command", self._post(self.command)),
            web.post("/_/post", self._post(self.post)),
        ]

    def boot(self, query: Json) -> Json:
        return boot.for_user(self._workspace, self._user(query))

    def history(self, query: Json) -> Json:
        """The channel's messages, or a thread with its parent, and this user's ephemerals among them; oldest first."""
        user, channel = self._user(query), self._channel(query)
        timeline = self._workspace.timeline
        thread_ts = query.get("thread_ts", "")
        parent = timeline.find(channel.id, thread_ts)
        found = timeline.top_level(channel.id)
        if thread_ts:
            found = [parent, *timeline.replies(parent)] if parent else []
        own = [each for each in timeline.ephemerals(user, channel.id) if each.thread_ts == thread_ts]
        messages = sorted([*found, *own], key=lambda each: each.ts)
        return {"messages": [shapes.for_browser(self._workspace, each) for each in messages]}

    async def command(self, body: Json) -> Json:
        thread_ts = body.get("thread_ts", "")
        await self._interactions.command(self._user(body), self._channel(body), body["text"], thread_ts)
        return {}

    async def post(self, body: Json) -> Json:
        user, channel = self._user(body), self._channel(body)
        text = typed_text.link(self._workspace, typed_text.escape(body["text"]))
        ts, thread_ts = self._workspace.clock.next_ts(), body.get("thread_ts", "")
        message = Message(ts=ts, channel=channel.id, user=user, bot=False, text=text, thread_ts=thread_ts)
        self._workspace.timeline.post(message)
        return {"ts": message.ts}

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        """Push what happens to one user's client; what the client says is ignored."""
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        with self._workspace.feed.stream(request.query.get("user", "")) as queue:
            sender = asyncio.create_task(_forward(queue, socket))
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
            sender.cancel()
        return socket

    def _user(self, body: Json) -> str:
        user = body.get("user", "")
        if user not in self._workspace.users:
            raise Refusal("user_not_found")
        return str(user)

    def _channel(self, body: Json) -> Channel:
        channel = self._workspace.channels.get(body.get("channel", ""))
        if channel is None or self._user(body) not in channel.members:
            raise Refusal("channel_not_found")
        return channel

    def _get(self, read: Callable[[Json], Json]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                return web.json_response({"ok": True, **read(dict(request.query))})
            except Refusal as refusal:
                return web.json_response(refusal.answer(), status=404)

        return handle

    def _post(self, act: Callable[[Json], Awaitable[Json]]) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                body = await request.json()
            except json.JSONDecodeError:
                return web.json_response({"ok": False, "error": "invalid_json"}, status=400)
            try:
                return web.json_response({"ok": True, **await act(body)})
            except Refusal as refusal:
                return web.json_response(refusal.answer())

        return handle


async def _forward(queue: asyncio.Queue[Json], socket: web.WebSocketResponse) -> None:
    while True:
        await socket.send_json(await queue.get())
