"""A load balancer: sends each request to the next of several servers, as an ingress in front of two replicas does."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web


@asynccontextmanager
async def balancer(targets: Sequence[str]) -> AsyncIterator[str]:
    """Its address while the block runs."""
    turn = 0

    async def forward(request: web.Request) -> web.Response:
        nonlocal turn
        turn += 1
        url = f"{targets[turn % len(targets)]}{request.path_qs}"
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        async with session.request(request.method, url, headers=headers, data=await request.read()) as answer:
            kept = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    runner = web.AppRunner(app, access_log=None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
