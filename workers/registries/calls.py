"""Making calls: how many at once, how long, how often again, and where redirects may lead."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, TypeVar
from urllib.parse import urljoin

import httpx
import stamina

from workers.core.errors import BadInput, RegistryError
from workers.credentials import Anonymous
from workers.registries.auth import SCOPES, Authentication
from workers.registries.endpoint import Endpoint, Origin
from workers.registries.failures import LOST, lost
from workers.registries.logins import GetLogin
from workers.registries.patience import Patience, retry_after
from workers.registries.refusals import refused
from workers.registries.reply import Call, Reply
from workers.registries.telling import told
from workers.registries.transport import CONNECT_TIMEOUT, LIMIT, READ_TIMEOUT, TO_REGISTRY, MayWrite, Transport
from workers.store.meter import METER
from workers.store.metrics import CALL_SECONDS, CALLS

_MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

Result = TypeVar("Result")

Take = Callable[[bytes], None]
"""Takes the body of a successful answer, part after part, so that it is never held as a whole."""

Recheck = Callable[[], Awaitable[None]]
"""Awaited before a call is sent again, since what was true at first may not be so after a pause; raises to stop."""


class Caller:
    """Makes calls to one registry; close it when done."""

    def __init__(
        self,
        endpoint: Endpoint,
        login: GetLogin = Anonymous,
        may_write: MayWrite | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Open nothing yet.

        Raises:
            BadInput: the endpoint's url, ca_file or proxy cannot be used.
        """
        self.endpoint = endpoint
        self._base = f"{endpoint.origin}"
        self._patience = patience or Patience()
        self._slots = asyncio.Semaphore(endpoint.concurrency)
        self._authentication = Authentication(endpoint, login)
        self._client = httpx.AsyncClient(
            transport=Transport(endpoint, may_write),
            trust_env=False,
            headers={"User-Agent": "regclean", "Accept-Encoding": "identity"},
            # A session kept by cookie makes Harbor and others ask for more than the login, and refuse writes without.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=httpx.Timeout(
                min(READ_TIMEOUT, endpoint.timeout), connect=min(CONNECT_TIMEOUT, endpoint.timeout), pool=None
            ),
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def call(self, call: Call, recheck: Recheck | None = None) -> Reply:
        """The registry's answer, whatever its status; repeated after a lost answer, 429, 5xx, 403 with Retry-After.

        Raises:
            RegistryError: no answer, or one of those, after the last attempt.
        """
        return await self.repeat(lambda: self.once(call), recheck)

    async def repeat(self, once: Callable[[], Awaitable[Result]], recheck: Recheck | None = None) -> Result:
        """What `once` returns; awaited again, after a pause and a recheck, when it raises a retryable RegistryError."""
        pauses = _Pauses(self._patience)

        async def attempt() -> Result:
            if recheck and pauses.failed:
                await recheck()
            return await once()

        return await stamina.AsyncRetryingCaller(attempts=self.endpoint.attempts, timeout=None)(pauses, attempt)

    async def once(self, call: Call, take: Take | None = None) -> Reply:
        """One attempt; the answer unless it says to come back later. With `take` a 200 goes there, and has no body.

        Raises:
            RegistryError: no complete answer within the endpoint's timeout, or one that is worth another attempt.
            BadInput, Unavailable: the login could not be looked up.
        """
        await self._authentication.prepare()
        async with self._slots:
            reply = await self._measured(call, take)
        if reply.is_passing:
            raise refused(self.endpoint, reply)
        return reply

    async def _measured(self, call: Call, take: Take | None) -> Reply:
        """Count and tell every call that was sent; one that the lock forbade is only told."""
        began = time.monotonic()
        with told(self.endpoint, call) as span:
            try:
                reply = await self._send(call, take)
            except RegistryError:
                self._count(call, "none", began)
                raise
            self._count(call, str(reply.status), began)
            span.answered(reply.status)
        return reply

    def _count(self, call: Call, code: str, began: float) -> None:
        METER.count(CALLS, self.endpoint.name, call.method, code)
        METER.observe(CALL_SECONDS, time.monotonic() - began, self.endpoint.name, call.method)

    async def _send(self, call: Call, take: Take | None) -> Reply:
        url = self._base + call.target
        try:
            async with asyncio.timeout(self.endpoint.timeout + call.extra):
                response, body = await self._request(call, url, take)
                for _ in range(_MOST_REDIRECTS):
                    following = self._redirect(call, response)
                    if following is None:
                        break
                    url = following
                    response, body = await self._request(call, url, take)
        except LOST as error:
            # httpx names the request that failed, which may be the one for a token.
            failed = str(error.request.url) if isinstance(error, httpx.RequestError) else url
            raise lost(self.endpoint, call, failed, error) from error
        return Reply(
            call=call,
            url=url,
            status=response.status_code,
            headers=response.headers,
            body=body,
            retry_after=retry_after(response.headers.get("retry-after"), datetime.now(UTC)),
            logged_in=self._authentication.has_login,
        )

    async def _request(self, call: Call, url: str, take: Take | None) -> tuple[httpx.Response, bytes]:
        is_own = Origin.of(url) == self.endpoint.origin
        request = self._client.build_request(
            call.method,
            url,
            headers=call.headers,
            content=call.content,
            extensions={SCOPES: call.scopes, LIMIT: call.limit, TO_REGISTRY: is_own},
        )
        response = await self._client.send(request, auth=self._authentication if is_own else None, stream=True)
        try:
            return response, await _body(response, take)
        finally:
            await response.aclose()

    def _redirect(self, call: Call, response: httpx.Response) -> str | None:
        """Where to go on, or None to take the answer as it is; never from https down to http."""
        location = response.headers.get("location")
        if not call.follow or response.status_code not in _REDIRECTS or not location:
            return None
        try:
            following = urljoin(str(response.request.url), location)
            is_downgrade = Origin.of(following).scheme == "http" and response.request.url.scheme == "https"
        except (BadInput, ValueError):
            return None
        return None if is_downgrade else following


async def _body(response: httpx.Response, take: Take | None) -> bytes:
    """The answer's bytes; none where they were what `take` is for."""
    if take is None or response.status_code != httpx.codes.OK:
        return await response.aread()
    async for part in response.aiter_raw():
        take(part)
    return b""


class _Pauses:
    """Decides for stamina, attempt after attempt, how long to wait; False gives up."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self.failed = 0

    def __call__(self, error: Exception) -> bool | float:
        self.failed += 1
        if not isinstance(error, RegistryError) or not error.retryable:
            return False
        return self._patience.pause(self.failed, error.answer.retry_after)
