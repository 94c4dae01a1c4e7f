"""What a registry's or a token server's unwanted answer means, in one sentence for people."""

from datetime import UTC, datetime
from typing import Final

import httpx

from workers.core.errors import Answer, RegistryError
from workers.registries.endpoint import Endpoint, Origin
from workers.registries.failures import HopelessError, where
from workers.registries.patience import retry_after
from workers.registries.redaction import redacted
from workers.registries.reply import Reply

_LONGEST_SHOWN: Final = 200


class WrongContentError(HopelessError):
    """A registry answered with what cannot be what was asked for."""

    @property
    def blames_content(self) -> bool:
        return True


def refused(endpoint: Endpoint, reply: Reply) -> RegistryError:
    """What to raise for an answer with a status that the call has no use for."""
    sentence = _refusal(endpoint, reply)
    hopeless = reply.is_html and reply.status < 500
    return (HopelessError if hopeless else RegistryError)(sentence, reply.answer)


def wrong(endpoint: Endpoint, reply: Reply, what: str) -> RegistryError:
    """What to raise for a successful answer whose content cannot be right; `what` completes “NAME sent …”."""
    if reply.is_html:
        return refused(endpoint, reply)
    return WrongContentError(
        f"{endpoint.name} sent {what} when asked to {reply.call.doing}; nothing was used.", reply.answer
    )


def _refusal(endpoint: Endpoint, reply: Reply) -> str:  # noqa: PLR0911 - a table of sentences
    name, doing = endpoint.name, reply.call.doing
    if Origin.of(reply.url) != endpoint.origin:
        return f"The storage of {name} at {where(reply.url)} did not let us {doing} (status {reply.status})."
    if reply.status == 401 or (reply.status == 403 and reply.retry_after is None):
        return not_allowed(endpoint, reply)
    if reply.status in {403, 429}:
        return f"{name} asks to come back later: too many requests were made when asked to {doing}."
    if reply.status == 405:
        return not_supported(endpoint, reply)
    if reply.status >= 500:
        return f"{name} failed inside when asked to {doing} (status {reply.status}); its log says why."
    if 300 <= reply.status < 400:
        return f"{name} sends us elsewhere when asked to {doing}; put its final address into its url."
    if reply.status == 400 and not reply.is_from_registry and endpoint.origin.scheme == "http":
        return f"{name} does not answer like a registry over plain HTTP; if it speaks TLS, its url must start with https://."
    if reply.is_html or (reply.status == 404 and not reply.is_missing):
        return f"What answers at {where(reply.url)} is not a registry, or something before it; check the url of {name}."
    if reply.status == 404:
        return f"{name} does not have what is needed to {doing}."
    codes = f", {', '.join(reply.codes)}" if reply.codes else ""
    return f"{name} refused to {doing} (status {reply.status}{codes})."


def no_token(endpoint: Endpoint, response: httpx.Response) -> RegistryError:
    """What to raise when a token server gave no token; `response` has been read."""
    url, status = str(response.request.url), response.status_code
    wait = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
    answer = Answer(method=response.request.method, url=redacted(url), status=status, retry_after=wait)
    if status in {400, 401, 403} and wait is None:
        return RegistryError(
            f"The token server {where(url)} does not accept the login for {endpoint.name}; check the user and the "
            "password or token.",
            answer,
        )
    if status == 200:
        return HopelessError(f"The token server {where(url)} of {endpoint.name} gave no usable token.", answer)
    return RegistryError(f"The token server {where(url)} of {endpoint.name} gave no token (status {status}).", answer)


def unsafe_realm(endpoint: Endpoint, realm: str) -> RegistryError:
    """What to raise when a registry names a token server to which a login must not be sent."""
    shown = redacted(realm)[:_LONGEST_SHOWN]
    return HopelessError(
        f"{endpoint.name} names the token server “{shown}”, and no login is sent there; it must be reached over https.",
        Answer(method="GET", url=shown),
    )


def not_allowed(endpoint: Endpoint, reply: Reply) -> str:
    """The sentence for 401 and 403."""
    name, doing = endpoint.name, reply.call.doing
    narrow = any("insufficient_scope" in header for header in reply.headers.get_list("www-authenticate"))
    if not reply.logged_in:
        return f"{name} wants a login to {doing}, and none is configured; add credentials for it."
    if reply.status == 403 or narrow:
        return f"The login for {name} has no right to {doing}; give it that right, or configure another login."
    return f"{name} does not accept the configured login; check the user and the password or token."


def not_supported(endpoint: Endpoint, reply: Reply) -> str:
    """The sentence for 405."""
    if is_read_only(reply):
        return f"{endpoint.name} is read-only at the moment; try again when its maintenance is over."
    if reply.call.method == "DELETE":
        return f"{endpoint.name} has deleting switched off; set storage.delete.enabled to true in its configuration."
    return f"{endpoint.name} does not support to {reply.call.doing}."


def is_read_only(reply: Reply) -> bool:
    """Whether a 405 means maintenance: distribution then serves only reads, and says so in Allow without any codes."""
    allowed = {method.strip().upper() for method in reply.headers.get("allow", "").split(",") if method.strip()}
    return reply.status == 405 and not reply.codes and bool(allowed) and allowed <= {"GET", "HEAD", "OPTIONS"}
