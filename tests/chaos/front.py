"""Front: stands before a registry, writes down each write that arrives and who held the lock, and lies on order."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web
from yarl import URL

from demo.parts.images import digest_of

_OWN: Final = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}

Forward = Callable[[], Awaitable[web.Response]]
Lie = Callable[[web.BaseRequest, Forward], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A request that changes something: when it arrived and was answered, by the wall clock, and what `holder` said.

    `body` is the digest of what was sent.
    """

    arrived: float
    answered: float
    method: str
    path: str
    status: int
    holder: str
    body: str

    @property
    def took_effect(self) -> bool:
        return self.status in {201, 202} and "/manifests/" in self.path

    @property
    def repository(self) -> str:
        return self.path.removeprefix("/v2/").partition("/manifests/")[0]

    @property
    def reference(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(slots=True)
class Rule:
    """The first `times` requests of a method whose path contains `part` are answered by `lie`; `skip` pass before."""

    method: str
    part: str
    lie: Lie
    times: int = 1
    skip: int = 0

    def takes(self, request: web.BaseRequest) -> bool:
        if request.method != self.method or self.part not in request.path or self.times <= 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class Front:
    """Serves on a free port of the loopback address, in a thread of its own; made to be used in `with`.

    `holder` is asked, at the arrival of each write, who holds the lock; `pause`: seconds that each write takes longer.
    """

    target: str
    holder: Callable[[], str]
    pause: float = 0.0
    rules: list[Rule] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    lies: int = 0
    port: int = 0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None
    _runner: web.ServerRunner | None = None
    _session: ClientSession | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="front")
        self._thread.start()
        self._do(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread:
            self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _open(self) -> None:
        self._session = ClientSession(
            connector=TCPConnector(limit=0, force_close=True), auto_decompress=False, cookie_jar=DummyCookieJar()
        )
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        if self._session:
            await self._session.close()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()

        async def forward() -> web.Response:
            return await self._forward(request, body)

        rule = next((rule for rule in self.rules if rule.takes(request)), None)
        if rule:
            self.lies += 1
            return await rule.lie(request, forward)
        return await forward()

    async def _forward(self, request: web.BaseRequest, body: bytes) -> web.Response:
        is_write = request.method in {"PUT", "DELETE", "POST", "PATCH"}
        arrived, holder = time.time(), await asyncio.to_thread(self.holder) if is_write else ""
        if is_write and self.pause:
            await asyncio.sleep(self.pause)
        answer = await self._asked(request, body)
        if is_write:
            self.writes.append(
                Write(
                    arrived=arrived,
                    answered=time.time(),
                    method=request.method,
                    path=request.path,
                    status=answer.status,
                    holder=holder,
                    body=digest_of(body),
                )
            )
        return answer

    async def _asked(self, request: web.BaseRequest, body: bytes) -> web.Response:
        assert self._session
        url = URL(self.target + request.raw_path, encoded=True)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OWN}
        try:
            async with self._session.request(
                request.method, url, headers=headers, data=body or None, allow_redirects=False
            ) as reply:
                content = await reply.read()
        except OSError:  # the registry is away: so is this
            return web.Response(status=502, text="away")
        kept = {name: value for name, value in reply.headers.items() if name.lower() not in _OWN}
        return web.Response(status=reply.status, headers=kept, body=content)


async def forgets_to_say(_: web.BaseRequest, forward: Forward) -> web.StreamResponse:
    """Do it, and answer 500."""
    await forward()
    return web.json_response({"errors": [{"code": "UNKNOWN", "message": "unknown error"}]}, status=500)


def comes_late(seconds: float) -> Lie:
    """Let it arrive so much later, even when whoever sent it is gone by then."""

    async def lie(_: web.BaseRequest, forward: Forward) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return await forward()

    return lie


def refuses(status: int, **headers: str) -> Lie:
    """Do nothing, and answer with this status; `_` in the name of a header stands for `-`."""

    async def lie(_: web.BaseRequest, __: Forward) -> web.StreamResponse:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, headers=said, text="come back later")

    return lie


async def hangs_up_after(request: web.BaseRequest, forward: Forward) -> web.StreamResponse:
    """Do it, and close the connection without a word."""
    answer = await forward()
    assert request.transport is not None
    request.transport.abort()
    return answer


async def cuts_short(request: web.BaseRequest, forward: Forward) -> web.StreamResponse:
    """Answer with half of the body, and close the connection."""
    answer = await forward()
    body = answer.body
    assert isinstance(body, bytes)
    half = web.StreamResponse(status=answer.status, headers={**answer.headers, "Content-Length": str(len(body))})
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    assert request.transport is not None
    request.transport.abort()
    return half


def says_wrong(body: bytes) -> Lie:
    """Answer with another body under the true headers."""

    async def lie(_: web.BaseRequest, forward: Forward) -> web.StreamResponse:
        answer = await forward()
        headers = {name: value for name, value in answer.headers.items() if name.lower() not in _OWN}
        return web.Response(status=answer.status, headers=headers, body=body)

    return lie


async def never_ends(request: web.BaseRequest, forward: Forward) -> web.StreamResponse:
    """A page that always says there is one more."""
    answer = await forward()
    answer.headers["Link"] = f'<{request.path}?n=1&last={time.time_ns()}>; rel="next"'
    return answer


async def drips(request: web.BaseRequest, forward: Forward) -> web.StreamResponse:
    """A byte at a time, so slowly that it takes longer than anybody waits."""
    answer = await forward()
    body = answer.body if isinstance(answer.body, bytes) and answer.body else b" " * 100
    headers = {name: value for name, value in answer.headers.items() if name.lower() not in _OWN}
    slow = web.StreamResponse(status=answer.status, headers={**headers, "Content-Length": str(len(body))})
    await slow.prepare(request)
    with suppress(ConnectionError):  # nobody waits that long
        for position in range(len(body)):
            await slow.write(body[position : position + 1])
            await asyncio.sleep(0.5)
    return slow
