"""Telemetry: spans by OpenTelemetry; imported where traces are wanted, and nowhere else."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import (
    SERVICE_INSTANCE_ID,
    SERVICE_NAME,
    SERVICE_VERSION,
    OTELResourceDetector,
    Resource,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from workers.core.errors import BadInput
from workers.core.traceparent import Traceparent
from workers.store.exporting import Exporter, Outage
from workers.store.tracing import Facts, Kind, Opening, Span

_KINDS: Final = {
    Kind.INTERNAL: trace.SpanKind.INTERNAL,
    Kind.SERVER: trace.SpanKind.SERVER,
    Kind.CLIENT: trace.SpanKind.CLIENT,
    Kind.CONSUMER: trace.SpanKind.CONSUMER,
}


class Telemetry:
    """Tells the spans of this process, and of each that it forks, to where OTEL_… variables say.

    What sends them is made at the first span, by the process whose span it is: threads do not survive a fork.
    """

    def __init__(self, process: str) -> None:
        """Send nothing yet; raises BadInput when a variable cannot be used."""
        # Its own lines tell each failure anew, and may quote a variable that holds a secret.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
        self._outage = Outage()
        own = {
            SERVICE_NAME: "regclean",
            SERVICE_VERSION: version("regclean"),
            SERVICE_INSTANCE_ID: f"{process}@{os.uname().nodename}",
            "regclean.process": process,
        }
        self._resource = Resource.create(own).merge(OTELResourceDetector().detect())
        try:
            TracerProvider(resource=self._resource, shutdown_on_exit=False)
            Exporter(self._outage)
        except ValueError as error:
            raise BadInput(f"Traces cannot be sent as the OTEL_… variables say: {error}.") from error
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._provider: TracerProvider | None = None

    def _tracer(self) -> trace.Tracer:
        with self._lock:
            if self._provider is None:
                self._provider = TracerProvider(resource=self._resource, shutdown_on_exit=False)
                self._provider.add_span_processor(BatchSpanProcessor(Exporter(self._outage)))
            return self._provider.get_tracer("regclean")

    @contextmanager
    def span(self, opening: Opening) -> Iterator[Span]:
        begun = self._tracer().start_span(
            opening.name, context=_where(opening), kind=_KINDS[opening.kind], attributes=opening.facts
        )
        with trace.use_span(begun, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            told = _Told(begun)
            try:
                yield told
            except BadInput:
                raise  # it is answered with a sentence, as it should be
            except BaseException as error:
                told.fail(type(error.__cause__ or error).__name__)
                raise

    def current(self) -> Traceparent | None:
        found = trace.get_current_span().get_span_context()
        if not found.is_valid:
            return None
        return Traceparent(trace=found.trace_id, span=found.span_id, sampled=found.trace_flags.sampled)

    def tell(self, facts: Facts) -> None:
        present = trace.get_current_span()
        if present.is_recording():
            present.set_attributes(facts)

    def link(self, other: Traceparent) -> None:
        """Once for each trace, however often the work is tried again."""
        present = trace.get_current_span()
        known = {link.context.trace_id for link in present.links} if isinstance(present, ReadableSpan) else set[int]()
        if present.is_recording() and other.trace not in known:
            present.add_link(_context(other))

    def flush(self, seconds: float) -> None:
        """The exporter's own patience is longer, and it cannot be told to have less."""
        if self._provider is None:
            return
        thread = threading.Thread(target=self._provider.force_flush, daemon=True, name="traces")
        thread.start()
        thread.join(seconds)
        if thread.is_alive():
            self._outage.begin()


@dataclass(frozen=True, slots=True)
class _Told:
    span: trace.Span

    def tell(self, facts: Facts) -> None:
        self.span.set_attributes(facts)

    def fail(self, why: str) -> None:
        self.span.set_attribute("error.type", why)
        self.span.set_status(trace.StatusCode.ERROR)


def _where(opening: Opening) -> Context | None:
    """None is where the process is now."""
    if opening.parent:
        return trace.set_span_in_context(trace.NonRecordingSpan(_context(opening.parent)), Context())
    return Context() if opening.root else None


def _context(other: Traceparent) -> trace.SpanContext:
    flags = trace.TraceFlags(trace.TraceFlags.SAMPLED if other.sampled else trace.TraceFlags.DEFAULT)
    return trace.SpanContext(trace_id=other.trace, span_id=other.span, is_remote=True, trace_flags=flags)
