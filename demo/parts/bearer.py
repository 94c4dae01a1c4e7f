"""Log in to a registry with bearer tokens, in the plainest way: one token for each refused request."""

import re
from collections.abc import Generator
from typing import Final

import httpx

PARAMETER: Final = re.compile(r'(\w+)="([^"]*)"')


class BearerAuth(httpx.Auth):
    """Answers a registry's 401 by asking the server it names for a token; what others refuse is the caller's to see."""

    requires_response_body = True

    def __init__(self, user: str, password: str) -> None:
        self._basic = httpx.BasicAuth(user, password)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        answer = yield request
        challenge = answer.headers.get("WWW-Authenticate", "")
        if answer.status_code != httpx.codes.UNAUTHORIZED or not challenge.startswith("Bearer "):
            return
        said = dict(PARAMETER.findall(challenge))
        asked = {name: said[name] for name in ("service", "scope") if name in said}
        given = yield next(self._basic.auth_flow(httpx.Request("GET", said["realm"], params=asked)))
        if given.status_code == httpx.codes.OK:
            request.headers["Authorization"] = f"Bearer {given.json()['token']}"
            yield request
