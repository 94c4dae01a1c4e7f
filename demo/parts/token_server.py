"""A small authorization server for a registry's bearer tokens (Docker registry v2 token specification), RS256."""

import base64
import fnmatch
import json
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

from demo.parts.registry_config import TokenAuth
from demo.parts.tls import make_authority, openssl

SERVICE: Final = "sample-registry"
ISSUER: Final = "sample-token-server"
ANONYMOUS: Final = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What somebody may do: `Grant(name="demo/*", actions={"pull"})`, `Grant(kind="registry", name="catalog")`."""

    kind: str = "repository"
    name: str = "*"
    actions: frozenset[str] = frozenset({"*"})

    def allows(self, kind: str, name: str, action: str) -> bool:
        fits = self.kind == kind and fnmatch.fnmatchcase(name, self.name)
        return fits and bool(self.actions & {action, "*"})


ALL: Final = (Grant(), Grant(kind="registry"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A password and what it opens."""

    password: str = field(repr=False)
    grants: tuple[Grant, ...] = ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request for a token: by whom, for which scopes, and whether it was given."""

    account: str
    scopes: tuple[str, ...]
    granted: bool


class TokenServer:
    """Serves on a free loopback port from when it is made; the account `""` is everybody.

    `lifetime` (seconds) may be changed at any time. A registry accepts a token for sixty seconds beyond its expiry, so
    one that is refused as expired right away needs a lifetime below -60; clients are told at least one second.
    """

    def __init__(self, folder: Path, accounts: Mapping[str, Account], *, lifetime: int = 300) -> None:
        self.lifetime = lifetime
        self.asked: list[Asked] = []
        self._accounts = accounts
        self._signer = make_authority(folder, ISSUER)
        self._chain = base64.b64encode(openssl("x509", "-in", self._signer.certificate, "-outform", "DER")).decode()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def auth(self) -> TokenAuth:
        """What a registry must be told to trust this server's tokens: `RegistrySettings(token=server.auth)`."""
        realm = f"http://127.0.0.1:{self._http.server_address[1]}/token"
        return TokenAuth(realm=realm, service=SERVICE, issuer=ISSUER, root_certificates=self._signer.ca)

    def stop(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, authorization: str, scopes: tuple[str, ...]) -> dict[str, Any] | None:
        """The token for these scopes less what the account may not, or None for a wrong user or password."""
        account = self._account(authorization)
        self.asked.append(Asked(account=account or "", scopes=scopes, granted=account is not None))
        if account is None:
            return None
        grants = self._accounts[account].grants
        token = self._signed(account, [entry for scope in scopes if (entry := _access(scope, grants))])
        return {"token": token, "access_token": token, "expires_in": max(1, self.lifetime)}

    def _account(self, authorization: str) -> str | None:
        if not authorization:
            return ANONYMOUS if ANONYMOUS in self._accounts else None
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        known = self._accounts.get(user)
        return user if known is not None and known.password == password else None

    def _signed(self, account: str, access: list[dict[str, Any]]) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": account,
            "aud": SERVICE,
            "iat": now,
            "nbf": min(now, now + self.lifetime) - 10,
            "exp": now + self.lifetime,
            "jti": uuid.uuid4().hex,
            "access": access,
        }
        text = f"{_part({'typ': 'JWT', 'alg': 'RS256', 'x5c': [self._chain]})}.{_part(claims)}"
        signature = openssl("dgst", "-sha256", "-sign", self._signer.key, given=text.encode())
        return f"{text}.{_base64url(signature)}"


def _access(scope: str, grants: tuple[Grant, ...]) -> dict[str, Any] | None:
    """The part of `repository:demo/nginx:pull,delete` that is granted, as a token states it."""
    kind, _, rest = scope.partition(":")
    name, _, wanted = rest.rpartition(":")
    actions = [action for action in wanted.split(",") if any(grant.allows(kind, name, action) for grant in grants)]
    return {"type": kind, "name": name, "actions": actions} if actions else None


def _part(content: dict[str, Any]) -> str:
    return _base64url(json.dumps(content).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _handler(server: TokenServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            scopes = tuple(scope for line in query.get("scope", ()) for scope in line.split())
            answer = server.answer(self.headers.get("Authorization", ""), scopes)
            body = json.dumps(answer or {"details": "wrong user or password"}).encode()
            self.send_response(200 if answer else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tokens are asked for all the time; `asked` holds what a test may want to know."""

    return Handler
