"""What the app connects to: the Web API, upload and response URLs, and the socket."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from demo.workspace import api, response_urls
from demo.workspace.api import Answer
from demo.workspace.arguments import Arguments
from demo.workspace.delivery.sockets import Sockets
from demo.workspace.faults import Fault
from demo.workspace.journal import Journal
from demo.workspace.methods.files import take_upload
from demo.workspace.records import Json
from demo.workspace.refusal import Refusal
from demo.workspace.state import Workspace

CarryOut = Callable[[], Awaitable[Answer]]
TOO_MANY = 429
REFUSED_URLS = ("used_url", "expired_url", "invalid_url")


@dataclass(frozen=True, slots=True)
class _Limited:
    """What Slack limits a call by: its method, and for what posts, its channel."""

    method: str
    channel: str = ""


class SlackSide:
    """`accepting` False makes Slack unreachable: every connection is cut without an answer."""

    def __init__(self, workspace: Workspace, sockets: Sockets, journal: Journal) -> None:
        self._workspace = workspace
        self._sockets = sockets
        self._journal = journal
        self.accepting = True

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/{method}", self.call),
            web.post("/api/{method}", self.call),
            web.post("/upload/v1/{id}", self.upload),
            web.post("/response/{team}/{name}", self.respond),
            web.get("/link/", self.link),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        values = await read_values(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or values.pop("token", "")

        async def carry_out() -> Answer:
            if values.pop(BROKEN, None):
                return Answer(body={"ok": False, "error": "invalid_json"})
            return api.answer(self._workspace, name, token, Arguments(values))

        limited = _Limited(name, api.limited_channel(self._workspace, name, values))
        answer = await self._with_faults(request, limited, carry_out)
        self._journal.call(name, values, answer.status, answer.body)
        return _json(answer, api.scope_headers(name, token, self._workspace.settings))

    async def upload(self, request: web.Request) -> web.StreamResponse:
        async def carry_out() -> Answer:
            body = await _uploaded_bytes(request)
            return Answer(body={"ok": True, "text": take_upload(self._workspace, request.match_info["id"], body)})

        try:
            answer = await self._with_faults(request, _Limited("upload"), carry_out)
        except Refusal as refusal:
            return web.Response(text=refusal.code, status=400)
        return web.Response(text=str(answer.body.get("text", "")), status=answer.status, headers=answer.headers)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        body, name = json.loads(await request.text() or "{}"), request.match_info["name"]
        limited = _Limited("response_url", self._workspace.tickets.response_channel(name))

        async def carry_out() -> Answer:
            response_urls.respond(self._workspace, name, body)
            return Answer(body={"ok": True})

        try:
            answer = await self._with_faults(request, limited, carry_out)
        except Refusal as refusal:
            answer = Answer(body=refusal.answer(), status=404 if refusal.code in REFUSED_URLS else 400)
        self._journal.call("response_url", body, answer.status, answer.body)
        return web.Response(text="ok") if answer.body.get("ok") else _json(answer, {})

    async def link(self, request: web.Request) -> web.StreamResponse:
        if not self.accepting:
            return _cut(request)
        if not self._workspace.tickets.admit_socket(request.query.get("ticket", "")):
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=403)
        return await self._sockets.serve(request)

    async def _with_faults(self, request: web.Request, limited: _Limited, carry_out: CarryOut) -> Answer:
        if not self.accepting:
            return _lost(request)
        pauses = self._workspace.pauses
        pauses.arrives(limited.method, limited.channel)
        answer = await self._answer(request, limited.method, carry_out)
        if answer.status == TOO_MANY:
            pauses.ask(float(answer.headers.get("Retry-After", 0)), limited.method, limited.channel)
        return answer

    async def _answer(self, request: web.Request, name: str, carry_out: CarryOut) -> Answer:
        fault = self._workspace.faults.take(name)
        if fault is None:
            return await carry_out()
        await asyncio.sleep(fault.delay)
        if not fault.spoils:
            return await carry_out()
        if fault.after:
            await carry_out()
        return _lost(request) if fault.drop else _spoiled(fault)


BROKEN = "\0broken"


async def read_values(request: web.Request) -> Json:
    """The arguments of a call, from its query, its form and its JSON body alike."""
    values: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body: Any = json.loads(await request.text() or "{}")
        except ValueError:
            return {BROKEN: True}
        return {**values, **body} if isinstance(body, dict) else {BROKEN: True}
    return values | {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


async def _uploaded_bytes(request: web.Request) -> bytes:
    """An upload's bytes, sent as the body itself or as a form's file, which the Slack clients do both."""
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    fields = [each for each in (await request.post()).values() if isinstance(each, web.FileField)]
    return fields[0].file.read() if fields else b""


def _spoiled(fault: Fault) -> Answer:
    if fault.retry_after:
        return api.ratelimited(fault.retry_after)
    return Answer(body={"ok": False, "error": fault.error or "fatal_error"}, status=fault.status or 200)


def _lost(request: web.Request) -> Answer:
    _cut(request)
    return Answer(body={"ok": False, "error": "connection_cut"}, status=503)


def _cut(request: web.Request) -> web.Response:
    """Cut the connection; what is returned reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


def _json(answer: Answer, headers: dict[str, str]) -> web.Response:
    return web.json_response(answer.body, status=answer.status, headers=headers | answer.headers)
