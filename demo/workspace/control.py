"""The tests' API under `/_/control/`: what the server knows, and how it is made to misbehave."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from demo.workspace.server import WorkspaceServer

LONGEST_WAIT = 30.0


class Control:
    def __init__(self, server: WorkspaceServer) -> None:
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_/control/changes", self.changes),
            web.get("/_/control/sockets", self.sockets),
            web.get("/_/control/screen", self.screen),
            web.post("/_/control/clock", self.clock),
            web.post("/_/control/request_url", self.request_url),
        ]

    async def changes(self, request: web.Request) -> web.Response:
        """Wait until something happened after `seen`, at most `seconds`."""
        seen, seconds = int(request.query.get("seen", "0")), float(request.query.get("seconds", "0"))
        changes = await self._server.workspace.feed.wait_past(seen, min(seconds, LONGEST_WAIT))
        return web.json_response({"ok": True, "changes": changes})

    async def sockets(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True, "count": self._server.sockets.count})

    async def screen(self, request: web.Request) -> web.Response:
        """What `user` has on the screen beside messages: the notices so far."""
        return web.json_response({"ok": True, "notes": self._server.workspace.feed.notes[request.query["user"]]})

    async def clock(self, request: web.Request) -> web.Response:
        clock = self._server.workspace.clock
        clock.advance(float((await request.json())["advance"]))
        return web.json_response({"ok": True, "now": clock.now()})

    async def request_url(self, request: web.Request) -> web.Response:
        """Set the app's request URL, as in its configuration page: only once it has answered the challenge."""
        url, challenge = (await request.json())["url"], secrets.token_urlsafe(24)
        token = self._server.workspace.settings.verification_token
        if await self._server.posts.verify(url, challenge, token):
            return web.json_response({"ok": True})
        return web.json_response({"ok": False, "error": "url_did_not_answer_the_challenge"})
