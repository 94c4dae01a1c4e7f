"""A workspace in a thread of its own, for tests and for programs that are not asynchronous."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from demo.workspace.driver import Driver
from demo.workspace.server import WorkspaceServer
from demo.workspace.settings import WorkspaceSettings


class RunningWorkspace(Driver):
    """Where it listens and what opens it; everything of Driver acts on it over HTTP."""

    def __init__(self, url: str, settings: WorkspaceSettings) -> None:
        super().__init__(url)
        self.settings = settings

    @property
    def api_url(self) -> str:
        """What a Slack client takes as `base_url`."""
        return f"{self.url}/api/"

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    @property
    def bot_token(self) -> str:
        return self.settings.bot_token

    @property
    def app_token(self) -> str:
        return self.settings.app_token

    @property
    def signing_secret(self) -> str:
        return self.settings.signing_secret


class _Thread:
    """Runs a server's event loop until told to stop; a failed start is raised where `start` was called."""

    def __init__(self, settings: WorkspaceSettings) -> None:
        self._settings = settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo-workspace", daemon=True)
        self._server = WorkspaceServer(settings)

    def start(self) -> str:
        self._thread.start()
        try:
            return asyncio.run_coroutine_threadsafe(self._server.start(), self._loop).result(timeout=10)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()


@contextmanager
def running_workspace(settings: WorkspaceSettings | None = None) -> Iterator[RunningWorkspace]:
    """Serve a workspace while the block runs; `OSError` when the port is taken."""
    settings = settings or WorkspaceSettings()
    thread = _Thread(settings)
    url = thread.start()
    try:
        with RunningWorkspace(url, settings) as running:
            yield running
    finally:
        thread.stop()
