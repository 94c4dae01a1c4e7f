"""The wire: aiohttp below httpx, with bounded answers, chosen proxies and a guard in front of every write."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Final

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from workers.config.no_proxy import is_direct
from workers.core.errors import BadInput
from workers.registries.endpoint import Endpoint, Origin
from workers.registries.reply import BODY_LIMIT

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LIMIT: Final = "regclean.limit"
TO_REGISTRY: Final = "regclean.to_registry"
CONNECT_TIMEOUT: Final = 10.0
READ_TIMEOUT: Final = 30.0
_SPARE_CONNECTIONS: Final = 4  # token servers and storage, besides the registry
_KEEP_ALIVE: Final = 15.0

MayWrite = Callable[[float], None]
"""Called in a thread with the seconds a write may take, right before it is sent; raises to forbid it."""


class TooLargeError(Exception):
    """The answer is larger than what was asked for can be."""


class CompressedError(Exception):
    """The answer is compressed although that was not asked for."""


class Transport(httpx.AsyncBaseTransport):
    """Sends requests directly or through the registry's proxy."""

    def __init__(self, endpoint: Endpoint, may_write: MayWrite | None) -> None:
        """Open nothing yet.

        Raises:
            BadInput: the CA file cannot be read, or the proxy is neither http nor https.
        """
        self._endpoint = endpoint
        self._may_write = may_write
        trust = _trust(endpoint)
        self._direct = _way(endpoint, trust, None)
        self._proxied = _way(endpoint, trust, _proxy(endpoint)) if endpoint.proxy else None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._may_write and request.method not in READS and request.extensions.get(TO_REGISTRY):
            await asyncio.to_thread(self._may_write, self._endpoint.timeout)
        response = await self._towards(request.url).handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity" and request.method != "HEAD":
            await response.aclose()
            raise CompressedError
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - what an asynchronous transport gives
        response.stream = _Bounded(response.stream, request.extensions.get(LIMIT, BODY_LIMIT))
        return response

    async def aclose(self) -> None:
        await self._direct.aclose()
        if self._proxied:
            await self._proxied.aclose()

    def _towards(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        port = url.port or (443 if url.scheme == "https" else 80)
        if self._proxied is None or is_direct(url.host, port, self._endpoint.no_proxy):
            return self._direct
        return self._proxied


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, limit: int) -> None:
        self._stream = stream
        self._left = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise TooLargeError
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _send_writes_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a PUT or DELETE again by itself when a kept connection drops.

    It does so for the two errors below; whether a write is sent again is decided where its effect is read first.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if request.method in READS or isinstance(error, aiohttp.ClientConnectorError):
            raise
        raise aiohttp.ClientConnectionError(str(error)) from error


def _way(endpoint: Endpoint, trust: ssl.SSLContext, proxy: httpx.Proxy | None) -> AiohttpTransport:
    def session() -> aiohttp.ClientSession:
        connections = endpoint.concurrency + _SPARE_CONNECTIONS
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=trust, limit=connections, keepalive_timeout=_KEEP_ALIVE),
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_send_writes_once,),
            trust_env=False,
        )

    return AiohttpTransport(verify=trust, trust_env=False, proxy=proxy, client=session)


def _trust(endpoint: Endpoint) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if endpoint.ca_file is not None:
        try:
            context.load_verify_locations(cafile=endpoint.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise BadInput(
                f"The ca_file of {endpoint.name} cannot be used: {endpoint.ca_file} must be a readable PEM file with "
                "the certificate of the authority that signed the registry's."
            ) from error
    return context


def _proxy(endpoint: Endpoint) -> httpx.Proxy:
    try:
        return httpx.Proxy(str(Origin.of(endpoint.proxy or "")))
    except (BadInput, ValueError, httpx.InvalidURL) as error:
        raise BadInput(f"The proxy of {endpoint.name} must be an http:// or https:// address.") from error
