"""A Docker client's config.json: the login for one registry, in the file or from a credential helper.

The most specific wins: a helper for just this host (`credHelpers`), then a login in the file (`auths`), then the store
for all hosts (`credsStore`). A Docker client leaves an empty entry in `auths` for what it put into the store.
"""

import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from workers.config import RegistrySettings, Secret
from workers.core.errors import BadInput
from workers.credentials.helper import Helper
from workers.credentials.kinds import Basic, Credentials, IdentityToken, Token, of_user

# Docker Hub's login is kept under the address that its first registry had, whatever host is asked today.
_HUB: Final = "https://index.docker.io/v1/"
_HUB_HOSTS: Final = ("index.docker.io", "docker.io", "registry-1.docker.io", "registry.hub.docker.com")
_API_PATHS: Final = frozenset({"", "/", "/v1", "/v1/", "/v2", "/v2/"})


def login(path: str, settings: RegistrySettings, environ: Mapping[str, str]) -> Credentials:
    """The login for the registry; raises BadInput, and Unavailable when a helper failed."""
    config, hosts = _read(path), _hosts(settings)
    server = _HUB if hosts[0] in _HUB_HOSTS else hosts[0]
    if helper := _first(_block(config, "credHelpers", path), hosts):
        return Helper(name=str(helper), environ=environ).get(server)
    if entry := _first(_block(config, "auths", path), hosts):
        return _entry(entry, f"The login for {hosts[0]} in {path}")
    if store := config.get("credsStore"):
        return Helper(name=str(store), environ=environ).get(server)
    raise BadInput(f"{path} has no login for {hosts[0]}; make one with “docker login {hosts[0]}”.")


def _read(path: str) -> Mapping[str, Any]:
    try:
        config = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise BadInput(f"The file {path} that docker_config names cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError):
        raise BadInput(f"The file {path} that docker_config names is not JSON.") from None
    if not isinstance(config, dict):
        raise BadInput(f"The file {path} that docker_config names is not a JSON object.")
    return config


def _block(config: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any]:
    block = config.get(key) or {}
    if not isinstance(block, dict):
        raise BadInput(f"In {path}, {key} is not a JSON object.")
    return block


def _hosts(settings: RegistrySettings) -> tuple[str, ...]:
    """The spellings of the URL's host; never an alias, which may be the name of a registry that is mirrored."""
    hosts = settings.url_hosts
    return (*hosts, *_HUB_HOSTS) if set(hosts) & set(_HUB_HOSTS) else hosts


def _first(block: Mapping[str, Any], hosts: tuple[str, ...]) -> Any:
    """What stands under the first of the hosts; an empty entry is none."""
    found = {host: block[key] for key in block for host in _spelled(key) if block[key]}
    return next((found[host] for host in hosts if host in found), None)


def _spelled(key: str) -> Iterator[str]:
    """The host in a key such as `host:5000` or `https://host/v1/`; a login for one path only is nobody's here."""
    try:
        parts = urlsplit(key if "://" in key else f"//{key}")
    except ValueError:
        return
    if parts.path in _API_PATHS and parts.netloc:
        yield parts.netloc.lower()


def _entry(entry: object, what: str) -> Credentials:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise BadInput(f"{what} is not a JSON object of texts.")
    if token := entry.get("identitytoken"):
        return IdentityToken(Secret(token))
    if token := entry.get("registrytoken"):
        return Token(Secret(token))
    if auth := entry.get("auth"):
        return _decoded(auth, what)
    username, password = entry.get("username"), entry.get("password")
    if not username or not password:
        raise BadInput(f"{what} has neither auth nor username and password nor identitytoken.")
    return of_user(username, password)


def _decoded(auth: str, what: str) -> Basic | IdentityToken:
    try:
        username, _, password = b64decode(auth, validate=True).decode().partition(":")
    except ValueError:
        raise BadInput(f"{what} has an auth that is not base64.") from None
    password = password.strip("\0")
    if not username or not password:
        raise BadInput(f"{what} has an auth that is not user:password in base64.")
    return of_user(username, password)
