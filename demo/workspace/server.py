"""The web server of a workspace, on loopback only: for the app, for the page, and for tests."""

from pathlib import Path

from aiohttp import web

from demo.workspace.browser import Browser
from demo.workspace.control import Control, Machinery
from demo.workspace.delivery.dispatcher import Dispatcher
from demo.workspace.delivery.posts import Posts
from demo.workspace.delivery.sockets import Sockets
from demo.workspace.interactions.asking import Asker
from demo.workspace.journal import Journal
from demo.workspace.loopback import only_this_machine
from demo.workspace.settings import WorkspaceSettings
from demo.workspace.slack_side import SlackSide
from demo.workspace.state import Workspace

MOST_BYTES = 64 * 1024 * 1024
PAGE = Path(__file__).parent / "page"


class WorkspaceServer:
    """Serves one workspace between `start` and `stop`, all on the event loop that calls them."""

    def __init__(self, settings: WorkspaceSettings) -> None:
        self.workspace = Workspace(settings)
        self._sockets = Sockets()
        self._posts = Posts(settings.request_url, settings.signing_secret, self.workspace.clock)
        journal = Journal()
        road = self._posts if settings.mode == "http" else self._sockets
        self._dispatcher = Dispatcher(road, settings.patience, journal)
        slack_side = SlackSide(self.workspace, self._sockets, journal)
        machinery = Machinery(self.workspace, self._sockets, self._posts, self._dispatcher, slack_side, journal)
        browser = Browser(Asker(self.workspace, self._dispatcher))
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[only_this_machine])
        app.add_routes([*slack_side.routes(), *browser.routes(), *Control(machinery).routes(), *_page_routes()])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)

    async def start(self) -> str:
        """Begin to listen; return the address, such as `http://127.0.0.1:8765`."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.workspace.settings.port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.workspace.url = f"http://127.0.0.1:{port}"
        return self.workspace.url

    async def stop(self) -> None:
        await self._dispatcher.close()
        self._sockets.drop()
        await self._posts.close()
        await self._runner.cleanup()


def _page_routes() -> list[web.RouteDef]:
    """The page's files, and its index at `/`; looked up when asked for, and never cached, so that edits show."""

    async def file(request: web.Request) -> web.StreamResponse:
        path = (PAGE / (request.match_info.get("path") or "index.html")).resolve()
        if not path.is_relative_to(PAGE.resolve()) or not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    return [web.get("/", file), web.get(r"/{path:[\w./-]+}", file)]
