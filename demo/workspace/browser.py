"""The page's own API under `/_/`: what a person's client shows, and what it sends when they act."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import WSMsgType, web

from demo.workspace import boot, posting, shapes, typed_text, view_stacks
from demo.workspace.interactions import clicks, commands, events, modals, shortcuts
from demo.workspace.interactions.asking import Asker
from demo.workspace.records import Json, Message
from demo.workspace.refusal import Refusal

Act = Callable[[Json], Awaitable[Json]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Browser:
    """Each handler takes the request's JSON, or its query, and returns the answer's fields beside `ok`."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._workspace = asker.workspace

    def routes(self) -> list[web.RouteDef]:
        reads = {"boot": self.boot, "history": self.history, "home": self.home}
        acts: dict[str, tuple[Act, tuple[str, ...]]] = {
            "command": (self.command, ("channel", "text")),
            "post": (self.post, ("channel", "text")),
            "action": (self.action, ("container", "block_id", "action")),
            "view_submit": (self.view_submit, ("view_id", "values")),
            "view_close": (self.view_close, ("view_id",)),
            "shortcut": (self.shortcut, ("callback_id",)),
            "home": (self.open_home, ()),
        }
        return [
            *(web.get(f"/_/{name}", _reading(read)) for name, read in reads.items()),
            *(web.post(f"/_/{name}", _acting(act, needs)) for name, (act, needs) in acts.items()),
            web.get("/_/stream", self.stream),
            web.get("/_/file/{id}", self.file),
        ]

    def boot(self, query: Json) -> Json:
        return boot.for_user(self._workspace, self._user(query))

    def history(self, query: Json) -> Json:
        """The channel's messages, or a thread with its parent, and this user's ephemerals among them; oldest first."""
        user = self._user(query)
        channel = self._asker.channel(user, query.get("channel", "")).id
        timeline, thread_ts = self._workspace.timeline, query.get("thread_ts", "")
        parent = timeline.find(channel, thread_ts)
        thread = [parent, *timeline.replies(parent)] if parent else []
        own = [each for each in timeline.ephemerals(user, channel) if each.thread_ts == thread_ts]
        messages = sorted([*(thread if thread_ts else timeline.top_level(channel)), *own], key=lambda each: each.ts)
        return {"messages": [shapes.for_browser(self._workspace, each) for each in messages]}

    def home(self, query: Json) -> Json:
        home = self._workspace.views.home(self._user(query))
        return {"view": view_stacks.shape(home) if home else None}

    async def command(self, body: Json) -> Json:
        user = self._user(body)
        channel = self._asker.channel(user, body["channel"])
        thread_ts = body.get("thread_ts", "")
        line = commands.Line(user=user, channel=channel, typed=body["text"], thread_ts=thread_ts)
        ts = await commands.run(self._asker, line)
        return {"ts": ts} if body.get("with_ts") else {}

    async def post(self, body: Json) -> Json:
        user = self._user(body)
        channel = self._asker.channel(user, body["channel"])
        text = typed_text.link(self._workspace, typed_text.escape(body["text"]))
        thread_ts = posting.thread_root(self._workspace, channel.id, body.get("thread_ts", ""))
        ts = self._workspace.clock.next_ts()
        message = Message(ts=ts, channel=channel.id, user=user, bot=False, text=text, thread_ts=thread_ts)
        self._workspace.timeline.post(message)
        events.message_posted(self._asker, channel, message)
        return {"ts": message.ts}

    async def action(self, body: Json) -> Json:
        await clicks.act(self._asker, self._user(body), body)
        return {}

    async def view_submit(self, body: Json) -> Json:
        return await modals.submit(self._asker, self._user(body), body["view_id"], body["values"])

    async def view_close(self, body: Json) -> Json:
        await modals.close(self._asker, self._user(body), body["view_id"])
        return {}

    async def shortcut(self, body: Json) -> Json:
        user = self._user(body)
        if body.get("message_ts"):
            where = (body["channel"], body["message_ts"])
            await shortcuts.use_on_message(self._asker, user, body["callback_id"], where)
        else:
            await shortcuts.use(self._asker, user, body["callback_id"])
        return {}

    async def open_home(self, body: Json) -> Json:
        events.home_opened(self._asker, self._user(body))
        return {}

    async def file(self, request: web.Request) -> web.StreamResponse:
        file = self._workspace.files.get(request.match_info["id"])
        if file is None or file.content is None:
            return web.json_response({"ok": False, "error": "file_not_found"}, status=404)
        headers = {
            "Content-Disposition": f"inline; filename*=UTF-8''{quote(file.name)}",
            "Content-Security-Policy": "sandbox",
            "X-Content-Type-Options": "nosniff",
        }
        return web.Response(body=file.content, content_type=shapes.mimetype(file), headers=headers)

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        """Push what happens to one user's client; what the client says is ignored."""
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        with self._workspace.feed.stream(request.query.get("user", "")) as queue:
            sender = asyncio.create_task(_forward(queue, socket))
            try:
                async for message in socket:
                    if message.type is WSMsgType.ERROR:
                        break
            finally:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
        return socket

    def _user(self, body: Json) -> str:
        user = body.get("user", "")
        if user not in self._workspace.users:
            raise Refusal("user_not_found")
        return str(user)


def _reading(read: Callable[[Json], Json]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response({"ok": True, **read(dict(request.query))})
        except Refusal as refusal:
            return web.json_response(refusal.answer(), status=404)

    return handle


def _acting(act: Act, needs: tuple[str, ...]) -> Handler:
    """Answer 400 unless the body is a JSON object with `user` and all that `needs` names."""

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await json_object(request)
        missing = [name for name in ("user", *needs) if name not in body]
        if missing:
            sentence = f"send a JSON object with {', '.join(missing)}"
            return web.json_response({"ok": False, "error": sentence}, status=400)
        try:
            return web.json_response({"ok": True, **await act(body)})
        except Refusal as refusal:
            return web.json_response(refusal.answer())

    return handle


async def json_object(request: web.Request) -> Json:
    """The body as a JSON object; empty when it is none."""
    try:
        body = json.loads(await request.text())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def _forward(queue: asyncio.Queue[Json], socket: web.WebSocketResponse) -> None:
    while True:
        await socket.send_json(await queue.get())
