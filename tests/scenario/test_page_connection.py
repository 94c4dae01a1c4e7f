"""The demo's page when its live stream breaks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import WebSocketRoute, expect

from demo.workspace import RunningWorkspace
from demo.workspace.content import RITA
from tests.browser import OpenPage
from tests.page_people import address, message, posts, workspace_with_page

pytestmark = pytest.mark.browser
pytest_plugins = ["tests.browser_fixtures"]


class Line:
    """The wire between page and workspace, which can be cut."""

    def __init__(self) -> None:
        self.cut = False
        self._open: list[WebSocketRoute] = []

    def connect(self, route: WebSocketRoute) -> None:
        if self.cut:
            route.close(code=1001)
            return
        self._open.append(route)
        route.connect_to_server()

    def cut_now(self) -> None:
        self.cut = True
        while self._open:
            self._open.pop().close(code=1001)


@pytest.fixture
def workspace() -> Iterator[RunningWorkspace]:
    with workspace_with_page() as running:
        yield running


def test_a_lost_stream_is_told_and_what_happened_meanwhile_is_shown(
    workspace: RunningWorkspace, open_page: OpenPage
) -> None:
    line = Line()
    before = posts(workspace, "before")
    page = open_page(address(workspace, RITA))
    page.route_web_socket("**/_/stream*", line.connect)
    page.reload()
    message(page, before).wait_for()
    line.cut_now()
    expect(page.get_by_text("Connection lost. Trying again…")).to_be_visible()
    missed = posts(workspace, "while away")
    line.cut = False

    message(page, missed).wait_for()
    expect(page.get_by_text("Connection lost. Trying again…")).to_be_hidden()
    message(page, posts(workspace, "live again")).wait_for()
