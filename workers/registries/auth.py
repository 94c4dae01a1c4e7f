"""Logging in: an httpx.Auth that answers a registry's challenges and keeps the tokens it gets.

Where a login may go:
- Basic credentials and a static token go to the registry's own origin only, and Basic only once it was asked for.
- A password or an identity token goes to a token server that is reached over https, wherever it is, since a registry
  names its token server and was itself authenticated by its certificate. It goes there over http only when the registry
  is on http too, and the token server is on the same host, or both are on this machine.
- After a redirect nothing is sent: the request then has no authentication at all (see `calls`).
"""

import time
from base64 import b64encode
from collections.abc import AsyncGenerator, Callable
from typing import Final

import httpx

from workers.core.errors import BadInput
from workers.credentials import Basic, Credentials, IdentityToken, Token
from workers.registries.challenge import Challenge, challenges
from workers.registries.endpoint import Endpoint, Origin
from workers.registries.grants import Grants
from workers.registries.logins import GetLogin, Logins
from workers.registries.refusals import no_token, unsafe_realm
from workers.registries.tokens import Audience, merged, query, refresh_form

SCOPES: Final = "regclean.scopes"
_PLAIN: Final = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "regclean"}


class Authentication(httpx.Auth):
    """One registry's authentication; shared by all calls to it, also concurrent ones."""

    def __init__(self, endpoint: Endpoint, login: GetLogin, clock: Callable[[], float] = time.monotonic) -> None:
        self._endpoint = endpoint
        self._logins = Logins(login)
        self._grants = Grants(clock)
        self._challenge = Challenge("")

    @property
    def has_login(self) -> bool:
        """Whether the last call had one."""
        return self._logins.are_there

    async def prepare(self) -> None:
        """Look the login up ahead of a call, whose own time must not be spent on a slow credential helper.

        Raises:
            BadInput, Unavailable: the login could not be looked up.
        """
        await self._logins.current()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with what is known; on 401 learn from the challenge and send it once more.

        Raises:
            RegistryError: the token server gave no token, or may not be asked.
            BadInput, Unavailable: the login could not be looked up.
        """
        login = await self._logins.current()
        scopes: frozenset[str] = request.extensions.get(SCOPES, frozenset())
        for is_last in (False, True):
            authorization = self._own_authorization(login)
            if audience := self._audience(scopes, login):
                async with self._grants.lock(audience):
                    grant = self._grants.find(audience)
                    if grant is None:
                        answer = yield self._question(audience, login, request)
                        body = await answer.aread()
                        grant = self._grants.keep(audience, body) if answer.is_success else None
                        if grant is None:
                            self._logins.doubt(login)
                            raise no_token(self._endpoint, answer)
                authorization = grant.authorization
            if authorization:
                request.headers["Authorization"] = authorization
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return
            if authorization:
                self._logins.doubt(login)
                login = await self._logins.current()
            if not self._learn(response, login) or is_last:
                return
            scopes |= frozenset(self._challenge.parameters.get("scope", "").split())

    def _own_authorization(self, login: Credentials) -> str | None:
        """What goes to the registry itself, without a token server."""
        if isinstance(login, Token):
            return f"Bearer {login.token.reveal()}"
        return _basic(login) if isinstance(login, Basic) and self._challenge.scheme == "basic" else None

    def _audience(self, scopes: frozenset[str], login: Credentials) -> Audience | None:
        if self._challenge.scheme != "bearer" or isinstance(login, Token):
            return None
        parameters = self._challenge.parameters
        return Audience(parameters.get("realm", ""), parameters.get("service", ""), frozenset(merged(scopes)))

    def _learn(self, response: httpx.Response, login: Credentials) -> bool:
        """Remember what the registry asks for; False when asking again with this login cannot help."""
        sent: str = response.request.headers.get("Authorization", "")
        self._grants.forget(sent)
        offered = {offer.scheme: offer for offer in challenges(response.headers.get_list("www-authenticate"))}
        if isinstance(login, Token):
            return sent != f"Bearer {login.token.reveal()}"
        if "bearer" in offered:
            self._challenge = offered["bearer"]
            return True
        if "basic" in offered and isinstance(login, Basic):
            self._challenge = offered["basic"]
            return sent != _basic(login)
        return False

    def _question(self, audience: Audience, login: Credentials, request: httpx.Request) -> httpx.Request:
        """The request for a token; POST with an identity token, else GET, with Basic where there is a user."""
        if not is_safe_realm(audience.realm, self._endpoint.origin):
            raise unsafe_realm(self._endpoint, audience.realm)
        url = httpx.URL(audience.realm)
        extensions = {"timeout": request.extensions["timeout"]}
        if isinstance(login, IdentityToken):
            form = refresh_form(audience, login.token.reveal())
            return httpx.Request("POST", url, data=form, headers=_PLAIN, extensions=extensions)
        headers = _PLAIN | ({"Authorization": _basic(login)} if isinstance(login, Basic) else {})
        url = url.copy_with(params=[*url.params.multi_items(), *query(audience)])
        return httpx.Request("GET", url, headers=headers, extensions=extensions)


def _basic(login: Basic) -> str:
    return f"Basic {b64encode(f'{login.username}:{login.password.reveal()}'.encode()).decode()}"


def is_safe_realm(realm: str, registry: Origin) -> bool:
    """Whether a token server may be asked for that registry; the rule stands in this module's docstring."""
    try:
        server = Origin.of(realm)
        httpx.URL(realm)
    except (BadInput, httpx.InvalidURL):
        return False
    if server.scheme == "https":
        return True
    same_machine = server.host == registry.host or (server.is_loopback and registry.is_loopback)
    return registry.scheme == "http" and same_machine
