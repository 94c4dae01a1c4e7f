"""Where the sweeper tells its figures: nowhere without a port, and one clear sentence where a port cannot be had."""

import socket
from collections.abc import Iterable

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.registry import Collector

from cli.metrics import PORT, serving
from workers.core.errors import BadInput

LOOPBACK = {"REGCLEAN_HOST": "127.0.0.1"}


class Nothing(Collector):
    def collect(self) -> Iterable[Metric]:
        return ()


def test_without_a_port_nothing_is_served() -> None:
    with serving({}, Nothing()) as port:
        assert port is None


def test_the_figures_of_the_process_come_with_them_and_the_port_is_given_back() -> None:
    with serving(LOOPBACK | {PORT: "0"}, Nothing()) as port:
        page = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    assert "process_resident_memory_bytes" in page
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)


@pytest.mark.parametrize("text", ["http", "-1", "65536", "\uff19"])
def test_what_is_no_port_is_said_so(text: str) -> None:
    with pytest.raises(BadInput, match=f"{PORT} is “{text}”; write a number"), serving({PORT: text}, Nothing()):
        pass


def test_a_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = f"port {port} .* set {PORT} to a free one"
        with pytest.raises(BadInput, match=said), serving(LOOPBACK | {PORT: port}, Nothing()):
            pass
