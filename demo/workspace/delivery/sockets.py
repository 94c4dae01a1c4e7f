"""Socket Mode (docs.slack.dev/apis/events-api/using-socket-mode): payloads go to any one of the app's connections."""

import asyncio
import json
import uuid
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMsgType, web

from demo.workspace import content
from demo.workspace.delivery.parcel import DispatchFailed, Parcel
from demo.workspace.records import Json

MOST_CONNECTIONS = 10
DEBUG_INFO = {"host": "applink-demo", "build_number": 1, "approximate_connection_time": 18060}


@dataclass(frozen=True, slots=True, eq=False)
class _Connection:
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None


class Sockets:
    """The open connections, used in turn; an ack may come over any of them."""

    def __init__(self) -> None:
        self._open: list[_Connection] = []
        self._waiting: dict[str, asyncio.Future[Json | None]] = {}
        self._turn = 0

    @property
    def count(self) -> int:
        return len(self._open)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Hold one connection until it closes; the eleventh is told `too_many_websockets` and closed."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.count >= MOST_CONNECTIONS:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        connection = _Connection(socket, request.transport)
        self._open.append(connection)
        try:
            await socket.send_json(_hello(self.count))
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            self._forget(connection)
        return socket

    async def send(self, parcel: Parcel) -> Json | None:
        envelope_id = str(uuid.uuid4())
        socket = self._next()
        self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_json(_envelope(envelope_id, parcel))
            body = await self._waiting[envelope_id]
        except ConnectionError as error:
            raise DispatchFailed("dispatch_failed", "connection_failed") from error
        finally:
            del self._waiting[envelope_id]
        return body if parcel.wants_answer else None

    async def announce(self, reason: str) -> None:
        """Tell every connection to come again, as Slack does some seconds before it closes one."""
        for connection in list(self._open):
            await connection.socket.send_json(_disconnect(reason))

    def drop(self) -> int:
        """Cut every connection without a word, as a failing network does; return how many."""
        dropped = list(self._open)
        for connection in dropped:
            self._forget(connection)
            if connection.transport is not None:
                connection.transport.abort()
        return len(dropped)

    def _next(self) -> web.WebSocketResponse:
        if not self._open:
            raise DispatchFailed("app_not_responding", "connection_failed")
        self._turn += 1
        return self._open[self._turn % len(self._open)].socket

    def _take(self, text: str) -> None:
        """Settle the envelope that `text` acknowledges; what is no ack, or comes too late, is nothing to Slack."""
        try:
            ack: Any = json.loads(text)
        except ValueError:
            return
        future = self._waiting.get(ack.get("envelope_id", "")) if isinstance(ack, dict) else None
        if future is not None and not future.done():
            future.set_result(ack.get("payload"))

    def _forget(self, connection: "_Connection") -> None:
        if connection in self._open:
            self._open.remove(connection)


def _hello(count: int) -> Json:
    info = {"app_id": content.APP_ID}
    return {"type": "hello", "num_connections": count, "debug_info": DEBUG_INFO, "connection_info": info}


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": DEBUG_INFO["host"]}}


def _envelope(envelope_id: str, parcel: Parcel) -> Json:
    envelope: Json = {"envelope_id": envelope_id, "type": parcel.kind, "payload": parcel.payload}
    envelope["accepts_response_payload"] = parcel.wants_answer
    if parcel.kind == "events_api":
        envelope |= {"retry_attempt": parcel.attempt, "retry_reason": parcel.reason.removeprefix("http_")}
    return envelope
