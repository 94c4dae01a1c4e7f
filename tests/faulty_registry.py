"""A registry on a real socket that answers by script: for what real registries do not do when asked to."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Step = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class FaultyRegistry:
    """`on` writes the script; each request takes the next step for its method and path, the last one repeats."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    script: dict[tuple[str, str], list[Step]] = field(default_factory=dict)

    def on(self, method: str, path: str, *steps: Step) -> None:
        """Answer requests for this path, whatever their query; without a script the answer is 404 NAME_UNKNOWN."""
        self.script[method, path] = list(steps)

    def targets(self, method: str) -> list[str]:
        return [seen.target for seen in self.seen if seen.method == method]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        self.seen.append(Seen(method=request.method, target=request.path_qs, headers=request.headers, body=body))
        steps = self.script.get((request.method, request.path), [says(404, codes=["NAME_UNKNOWN"])])
        step = steps.pop(0) if len(steps) > 1 else steps[0]
        return await step(request)


@asynccontextmanager
async def faulty_registry(
    tls: ssl.SSLContext | None = None, registry: FaultyRegistry | None = None
) -> AsyncIterator[FaultyRegistry]:
    """This one, or a new one, serving on a free port of the loopback address, over https when it gets a context."""
    registry = registry or FaultyRegistry()
    server = web.Server(registry.handle)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    host, port = runner.addresses[0][:2]
    registry.url = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield registry
    finally:
        await runner.cleanup()


def says(
    status: int,
    body: Any = None,
    *,
    codes: list[str] | None = None,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
) -> Step:
    """Answer with JSON, text or bytes; `codes` makes an OCI error body."""
    content = {"errors": [{"code": code, "message": f"{code} happened"} for code in codes]} if codes else body
    data = content if isinstance(content, bytes) else content.encode() if isinstance(content, str) else None
    data = data if data is not None else b"" if content is None else json.dumps(content).encode()

    async def step(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, body=data, headers={"Content-Type": media_type, **(headers or {})})

    return step


def html(status: int = 200) -> Step:
    """A web page, as a wrong address or a login page in between would send."""
    return says(status, "<html><body>Welcome</body></html>", media_type="text/html; charset=utf-8")


async def hangs_up(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection without a word."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def hangs(request: web.BaseRequest) -> web.StreamResponse:
    """Never answer."""
    await asyncio.sleep(60)
    return web.Response()


def breaks_off(data: bytes, *, promised: int) -> Step:
    """Announce `promised` bytes and close the connection after fewer."""

    async def step(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(promised)})
        await response.prepare(request)
        await response.write(data)
        assert request.transport is not None
        request.transport.close()
        return response

    return step


def drips(data: bytes, *, pause: float) -> Step:
    """Send a byte at a time, so that no single read ever times out."""

    async def step(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for position in range(len(data)):
            await response.write(data[position : position + 1])
            await asyncio.sleep(pause)
        return response

    return step
