"""Keeps other web sites out: a browser on this machine would carry their requests to a server on loopback."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

OWN_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def only_this_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a Host that is not loopback (a rebound name), and an Origin other than this server's own page."""
    if urlsplit(f"//{request.host}").hostname not in OWN_NAMES:
        raise web.HTTPForbidden(text="Open this workspace as http://127.0.0.1 or http://localhost.\n")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        raise web.HTTPForbidden(text="Only the workspace's own page may call it from a browser.\n")
    return await handler(request)
