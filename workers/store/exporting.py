"""Exporting: spans on their way to the receiver; while it is away they are given up, and nobody waits for it."""

import mmap
import time
from collections.abc import Sequence
from typing import Final

import requests
import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

AGAIN_AFTER: Final = 30.0
"""Seconds for which nothing is sent to a receiver that was seen away."""
_UNTIL, _TOLD = 0, 1
_log = structlog.get_logger(__name__)


class Outage:
    """Whether the receiver was seen away just now: known to every process that was forked since, and told once."""

    def __init__(self) -> None:
        self._shared = memoryview(mmap.mmap(-1, 16)).cast("d")

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self._shared[_UNTIL]

    def begin(self) -> None:
        self._shared[_UNTIL] = time.monotonic() + AGAIN_AFTER
        if not self._shared[_TOLD]:
            self._shared[_TOLD] = 1.0
            _log.warning("traces.unsent", error="The receiver of traces takes none; work goes on without them.")

    def end(self) -> None:
        self._shared[_UNTIL] = 0.0
        if self._shared[_TOLD]:
            self._shared[_TOLD] = 0.0
            _log.info("traces.sent")


class Exporter(SpanExporter):
    """Sends as OTEL_EXPORTER_OTLP_… variables say, by no proxy of the environment."""

    def __init__(self, outage: Outage) -> None:
        self._outage = outage
        session = requests.Session()
        session.trust_env = False
        self._sender = OTLPSpanExporter(session=session)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._outage.is_on:
            return SpanExportResult.FAILURE
        result = self._sender.export(spans)
        if result is SpanExportResult.SUCCESS:
            self._outage.end()
        else:
            self._outage.begin()
        return result

    def shutdown(self) -> None:
        self._sender.shutdown()  # type: ignore[no-untyped-call]  # it is only partly annotated
