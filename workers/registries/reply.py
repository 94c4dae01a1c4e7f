"""Call and Reply: one thing asked of a registry, and what came back, whatever its status."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from workers.core.errors import Answer
from workers.registries.redaction import redacted

BODY_LIMIT: Final = 4 * 1024 * 1024  # what registries accept as a manifest (distribution spec, "Pushing manifests")
_CODE: Final = re.compile(r"[A-Z0-9_]{1,64}")
_MOST_CODES: Final = 10
_LONGEST_MESSAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request: `doing` completes “could not …”; `target` is path and query below the registry's address.

    `scopes` are what a token needs (distribution's token spec), `limit` the most bytes of an answer, `follow` whether
    redirects to other places are followed, without the registry's authorization. `extra` are seconds that one attempt
    may take beyond the endpoint's timeout.
    """

    doing: str
    method: str
    target: str
    scopes: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    limit: int = BODY_LIMIT
    follow: bool = False
    extra: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A complete answer; `url` is where it came from, `retry_after` in seconds, `logged_in` whether we have a login."""

    call: Call
    url: str
    status: int
    headers: httpx.Headers
    body: bytes = b""
    retry_after: float | None = None
    logged_in: bool = False

    @property
    def is_html(self) -> bool:
        media_type: str = self.headers.get("content-type", "")
        return media_type.lower().startswith(("text/html", "application/xhtml"))

    @property
    def is_done(self) -> bool:
        """Whether it succeeded; not when a web page says so, for that is a login page or the like."""
        return 200 <= self.status < 300 and not self.is_html

    @property
    def is_passing(self) -> bool:
        """Whether the same call may be answered otherwise later: 429, 5xx, or 403 that carries Retry-After."""
        return self.status == 429 or self.status >= 500 or (self.status == 403 and self.retry_after is not None)

    @property
    def is_missing(self) -> bool:
        """Whether a registry says that the thing is not there; a page of somebody between us and it does not count."""
        return self.status == 404 and not self.is_html and (self.is_from_registry or not self.body.strip())

    @property
    def is_from_registry(self) -> bool:
        """Whether a registry itself says so: in OCI error codes, or with the version header that most of them send."""
        return bool(self.codes) or "docker-distribution-api-version" in self.headers

    @property
    def codes(self) -> tuple[str, ...]:
        """The OCI error codes of the body (distribution spec, "Error Codes")."""
        found = (str(error.get("code", "")) for error in self._errors())
        return tuple(code for code in found if _CODE.fullmatch(code))

    @property
    def message(self) -> str:
        """What the registry said in words, on one line and cut to 200 characters; not to be trusted or matched."""
        said = " ".join(str(error.get("message", "")) for error in self._errors())
        return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:_LONGEST_MESSAGE]

    @property
    def document(self) -> Mapping[str, Any] | None:
        """The body as a JSON object; None when it is none."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return document if isinstance(document, dict) else None

    @property
    def answer(self) -> Answer:
        """The part that may be kept and shown."""
        return Answer(
            method=self.call.method,
            url=redacted(self.url),
            status=self.status,
            codes=self.codes,
            message=self.message,
            retry_after=self.retry_after,
            own=self.is_from_registry,
        )

    def _errors(self) -> list[dict[str, Any]]:
        errors = (self.document or {}).get("errors")
        return [error for error in errors[:_MOST_CODES] if isinstance(error, dict)] if isinstance(errors, list) else []
