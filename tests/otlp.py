"""OTLP: a receiver of traces as collectors are, over HTTP and protobuf, on a port of its own."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One span; ids are in hex, `links` the traces it leads to, and `resource` what tells of its process."""

    name: str
    kind: str
    trace: str
    id: str
    parent: str
    failed: bool
    facts: Mapping[str, Any]
    links: frozenset[str]
    resource: Mapping[str, Any]

    @property
    def process(self) -> str:
        return str(self.resource["regclean.process"])


@dataclass(slots=True)
class Receiver:
    """Made to be used in `with`. `status` is what it answers; while `hangs` is set it takes all and answers nothing."""

    status: int = 200
    hangs: threading.Event = field(default_factory=threading.Event)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)
    _ended: threading.Event = field(default_factory=threading.Event)
    _server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self._server
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process tell it spans, soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}

    @property
    def spans(self) -> list[Received]:
        return [span for body in list(self.bodies) for span in _read(body)]

    def take(self, body: bytes, headers: Mapping[str, str], path: str) -> int | None:
        """The status to answer with; None when the connection is to end without an answer."""
        self.headers.append(headers)
        self.paths.add(path)
        while self.hangs.is_set():
            if self._ended.wait(0.05):
                return None
        if self.status == 200:
            self.bodies.append(body)
        return self.status

    def __enter__(self) -> Self:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="otlp").start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.leave()

    def leave(self) -> None:
        """Answer nobody any more; may be called again."""
        self._ended.set()
        assert self._server
        self._server.shutdown()
        self._server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take(body, {name.lower(): value for name, value in self.headers.items()}, self.path)
            self.close_connection = status is None
            if status is not None:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


def _read(body: bytes) -> Iterable[Received]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        about = _facts(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Received(
                    name=span.name,
                    kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
                    facts=_facts(span.attributes),
                    links=frozenset(link.trace_id.hex() for link in span.links),
                    resource=about,
                )


def _facts(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind else None
