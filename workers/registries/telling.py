"""Telling: a call to a registry as a span (opentelemetry.io/docs/specs/semconv/http/http-spans)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from workers.registries.endpoint import Endpoint
from workers.registries.redaction import redacted
from workers.registries.reply import Call
from workers.store import tracing

_ROUTE: Final = re.compile(r"/v2/.+/(?P<kind>manifests|blobs/uploads|blobs|tags|referrers)(?:/|$)")
_ROUTES: Final = {
    "manifests": "/v2/{name}/manifests/{reference}",
    "blobs/uploads": "/v2/{name}/blobs/uploads/",
    "blobs": "/v2/{name}/blobs/{digest}",
    "tags": "/v2/{name}/tags/list",
    "referrers": "/v2/{name}/referrers/{digest}",
}
_ABSENT: Final = 404
"""An answer like any other here: what is to go may be gone."""


@dataclass(frozen=True, slots=True)
class Telling:
    """The span of a call that is on its way."""

    span: tracing.Span

    def answered(self, status: int) -> None:
        self.span.tell({"http.response.status_code": status})
        if status >= 400 and status != _ABSENT:
            self.span.fail(str(status))


@contextmanager
def told(endpoint: Endpoint, call: Call) -> Iterator[Telling]:
    """The block is that call; while tracing is off it costs no more than to ask."""
    facts = _facts(endpoint, call) if tracing.is_on() else {}
    with tracing.call(f"{call.method} {facts.get('url.template', '')}", facts) as span:
        yield Telling(span)


def _facts(endpoint: Endpoint, call: Call) -> tracing.Facts:
    """The address without what may be a secret in it."""
    origin = endpoint.origin
    return {
        "regclean.registry": endpoint.name,
        "http.request.method": call.method,
        "server.address": origin.host,
        "server.port": origin.port,
        "url.full": redacted(f"{origin}{call.target}"),
        "url.template": route_of(call.target),
    }


def route_of(target: str) -> str:
    """The path with what differs from call to call named, not shown."""
    path = target.partition("?")[0]
    found = _ROUTE.match(path)
    return _ROUTES[found["kind"]] if found else path
