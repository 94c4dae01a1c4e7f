"""What it means that no complete answer came, in one sentence for people; what answers mean is in `refusals`."""

import ssl
from collections.abc import Iterator
from typing import Final

import aiohttp
import httpx

from workers.core.errors import Answer, RegistryError
from workers.registries.endpoint import Endpoint
from workers.registries.redaction import redacted
from workers.registries.reply import Call
from workers.registries.transport import CompressedError, TooLargeError

# httpx-aiohttp lets some of aiohttp's own errors through, such as those about malformed HTTP.
LOST: Final = (httpx.HTTPError, aiohttp.ClientError, TimeoutError, TooLargeError, CompressedError)

_UNKNOWN_AUTHORITY: Final = (
    "is signed by an authority that is not known here; set ca_file to that authority's certificate"
)
_WRONG_HOST: Final = "is for another host name; correct its url or its certificate"
# By OpenSSL's X509_V_ERR_… numbers.
_DISTRUST: Final = {
    10: "has expired; renew it",
    **dict.fromkeys((18, 19, 20, 21), _UNKNOWN_AUTHORITY),
    **dict.fromkeys((62, 64), _WRONG_HOST),
}

# What to say for each cause, and whether trying again may help; the first that fits counts.
_TROUBLES: Final[tuple[tuple[type[BaseException], bool, str], ...]] = (
    (ssl.SSLEOFError, True, "{name} closed the connection at {place} unanswered; try again later"),
    (
        ssl.SSLError,
        False,
        "{name} does not speak TLS at {place}; if it speaks plain HTTP, its url must start with http://",
    ),
    (TooLargeError, False, "{name} sent more than {limit} bytes when asked to {doing}; nothing was used"),
    (CompressedError, False, "{name} sends compressed answers unasked; switch that off in the proxy before it"),
    (aiohttp.ClientProxyConnectionError, True, "The proxy of {name} cannot be reached; check its proxy setting"),
    (aiohttp.ClientHttpProxyError, True, "The proxy of {name} did not connect to {place}; check its proxy setting"),
    (
        aiohttp.ClientConnectorDNSError,
        True,
        "{name} cannot be reached: the host in {place} is not known; check its url",
    ),
    (aiohttp.ConnectionTimeoutError, True, "{name} cannot be reached: {place} accepts no connections; check its url"),
    (TimeoutError, True, "{name} did not answer in time at {place}; try again later"),
    (aiohttp.ClientConnectorError, True, "{name} cannot be reached at {place}; check its url, and that it runs there"),
    (aiohttp.ClientPayloadError, True, "{name} sent fewer bytes than it announced; if that stays so, restart it"),
    (aiohttp.ClientConnectionError, True, "{name} closed the connection at {place} unanswered; try again later"),
    (httpx.RemoteProtocolError, False, "{name} sends us to an address that cannot be read when asked to {doing}"),
    (aiohttp.ClientResponseError, True, "What answers at {place} does not speak HTTP; check the url of {name}"),
    (Exception, True, "{name} could not be asked to {doing} at {place}"),
)


class HopelessError(RegistryError):
    """The registry cannot be used as it is configured, or sends what cannot be right; trying again does not help."""

    @property
    def retryable(self) -> bool:
        return False


class CutShortError(RegistryError):
    """The registry announced more bytes than it sent."""


def lost(endpoint: Endpoint, call: Call, url: str, error: Exception) -> RegistryError:
    """What to raise when no complete answer came; aiohttp's error below httpx's tells why, or the last resort does."""
    answer = Answer(method=call.method, url=redacted(url))
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = _DISTRUST.get(cause.verify_code, f"cannot be trusted ({cause.verify_message}); correct it")
            return HopelessError(f"The certificate of {endpoint.name} {reason}.", answer)
    fits = (row for row in _TROUBLES if any(isinstance(cause, row[0]) for cause in causes))
    cause_kind, may_help, sentence = next(fits)
    words = {"name": endpoint.name, "place": where(url), "doing": call.doing, "limit": call.limit}
    kind = CutShortError if cause_kind is aiohttp.ClientPayloadError else RegistryError if may_help else HopelessError
    return kind(sentence.format_map(words) + ".", answer)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from; a certificate's own error in place of aiohttp's around it."""
    while error is not None:
        yield error.certificate_error if isinstance(error, aiohttp.ClientConnectorCertificateError) else error
        error = error.__cause__


def where(url: str) -> str:
    """Scheme, host and port of a URL, for people."""
    scheme, _, rest = redacted(url).partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
