"""Metrics: the sweeper's own small server for Prometheus, where a port was given for it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, start_http_server
from prometheus_client.registry import Collector

from workers.core.errors import BadInput

PORT: Final = "REGCLEAN_METRICS_PORT"
_ANYWHERE: Final = "0.0.0.0"  # in a container, what reaches the port is the operator's choice
_log = structlog.get_logger(__name__)


@contextmanager
def serving(environ: Mapping[str, str], collector: Collector) -> Iterator[int | None]:
    """Serve /metrics while the block runs; the port, None where none was given.

    Raises BadInput when the port cannot be had.
    """
    port = wanted_port(environ)
    if port is None:
        yield None
        return
    host = environ.get("REGCLEAN_HOST") or _ANYWHERE
    try:
        server, thread = start_http_server(port, host, _registry(collector))
    except OSError as error:
        raise BadInput(
            f"Metrics cannot be served on {host} port {port} ({error.strerror}); set {PORT} to a free one."
        ) from error
    _log.info("metrics.served", port=server.server_port)
    try:
        yield server.server_port
    finally:
        threading.Thread(target=server.shutdown, daemon=True).start()
        thread.join(1)
        server.server_close()


def _registry(collector: Collector) -> CollectorRegistry:
    registry = CollectorRegistry()
    for each in (collector, ProcessCollector(registry=None), PlatformCollector(registry=None)):
        registry.register(each)
    return registry


def wanted_port(environ: Mapping[str, str]) -> int | None:
    """None where none is given; raises BadInput."""
    text = environ.get(PORT, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65_536):
        raise BadInput(f"{PORT} is “{text[:20]}”; write a number from 0 to 65535, where 0 takes any free port.")
    return int(text)
