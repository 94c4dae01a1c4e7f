"""The web server of a workspace: Slack's Web API, its socket, and the page, on loopback only."""

import json
from typing import Any

from aiohttp import web

from demo.workspace import api
from demo.workspace.arguments import Arguments
from demo.workspace.browser import Browser
from demo.workspace.control import Control
from demo.workspace.delivery.dispatcher import Dispatcher
from demo.workspace.delivery.posts import Posts
from demo.workspace.delivery.sockets import Sockets
from demo.workspace.interactions import Interactions
from demo.workspace.records import Json
from demo.workspace.settings import WorkspaceSettings
from demo.workspace.state import Workspace

MOST_BYTES = 64 * 1024 * 1024


class WorkspaceServer:
    """Serves one workspace between `start` and `stop`, all on the event loop that calls them."""

    def __init__(self, settings: WorkspaceSettings) -> None:
        self.workspace = Workspace(settings)
        self.sockets = Sockets()
        self.posts = Posts(settings.request_url, settings.signing_secret, self.workspace.clock)
        road = self.posts if settings.mode == "http" else self.sockets
        self.dispatcher = Dispatcher(road, settings.patience)
        self._browser = Browser(self.workspace, Interactions(self.workspace, self.dispatcher))
        self._control = Control(self)
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.5)

    async def start(self) -> str:
        """Begin to listen; return the address, such as `http://127.0.0.1:8765`."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.workspace.settings.port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.workspace.url = f"http://127.0.0.1:{port}"
        return self.workspace.url

    async def stop(self) -> None:
        await self.dispatcher.close()
        await self.sockets.drop()
        await self.posts.close()
        await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MOST_BYTES)
        app.add_routes([*self._browser.routes(), *self._control.routes()])
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link/", self._link)
        return app

    async def _api(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        values = await read_values(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or values.pop("token", "")
        found = api.answer(self.workspace, name, token, Arguments(values))
        headers = api.scope_headers(name, self.workspace.settings) | found.headers
        return web.json_response(found.body, status=found.status, headers=headers)

    async def _link(self, request: web.Request) -> web.StreamResponse:
        if not self.workspace.tickets.admit_socket(request.query.get("ticket", "")):
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=403)
        return await self.sockets.serve(request)


async def read_values(request: web.Request) -> Json:
    """The arguments of a call, from its query, its form and its JSON body alike."""
    values: Json = dict(request.query)
    if request.content_type == "application/json":
        body: Any = json.loads(await request.text() or "{}")
        return {**values, **body}
    return values | {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
