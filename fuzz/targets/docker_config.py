"""A Docker client's config.json with its logins."""

import atexit
import json
import shutil
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Any, Final

from fuzz.target import Target, chosen, json_seed
from workers.config import RegistrySettings, Secret
from workers.core.errors import BadInput
from workers.credentials import Basic, IdentityToken, Token, docker

_SECRET: Final = "hunter2-hunter2"  # noqa: S105 - looked for where it must not be
_SETTINGS: Final = tuple(
    RegistrySettings.model_validate({"name": "prod", "url": url})
    for url in (
        "https://registry.example.com",
        "https://registry.example.com:5000",
        "https://docker.io",
        "https://[::1]:5000",
    )
)
_FILE: Final = Path(tempfile.mkdtemp(prefix="regclean-fuzz-")) / "config.json"
atexit.register(shutil.rmtree, _FILE.parent)


def run(data: bytes) -> None:
    settings, content = chosen(data, _SETTINGS)
    _FILE.write_bytes(content)
    try:
        login = docker.login(str(_FILE), settings, {"PATH": ""})
    except BadInput as error:
        assert error.sentence.isprintable()
        assert len(error.sentence) < 500
        assert _SECRET not in error.sentence or b"cred" in content, "only a helper's own name is shown"
        return
    hidden = Secret("another one")
    if isinstance(login, Basic):
        assert login.username
        assert login.password.reveal()
        assert repr(login) == repr(Basic(login.username, hidden))
    else:
        assert isinstance(login, IdentityToken | Token)
        assert login.token.reveal()
        assert repr(login) == repr(type(login)(hidden))


def _auth(username: str = "ann") -> str:
    return b64encode(f"{username}:{_SECRET}".encode()).decode()


_CONFIGS: Final[tuple[dict[str, Any], ...]] = (
    {"auths": {"registry.example.com": {"auth": _auth()}}},
    {"auths": {"https://registry.example.com:5000/v2/": {"username": "ann", "password": _SECRET}}},
    {"auths": {"https://index.docker.io/v1/": {"auth": _auth("<token>")}, "[::1]:5000": {"identitytoken": _SECRET}}},
    {"auths": {"registry.example.com/path": {"auth": _auth()}, "registry.example.com": {"registrytoken": _SECRET}}},
    {"auths": {"registry.example.com": {"auth": _SECRET, "password": _SECRET}}, "credsStore": "desktop"},
    {"credHelpers": {"registry.example.com": "../../bin/sh", "docker.io": "x" * 300}, "auths": {"docker.io": {}}},
    {"credsStore": _SECRET[:4], "auths": []},
)
TARGET: Final = Target(
    holds="BadInput in one printable sentence, or a login; neither shows its secret",
    run=run,
    seeds=tuple(json_seed(kind, each) for kind in range(len(_SETTINGS)) for each in _CONFIGS),
    longest=1024,
    words=(
        "auths",
        "auth",
        "credHelpers",
        "credsStore",
        "identitytoken",
        "registrytoken",
        "username",
        "password",
        "registry.example.com",
        "https://",
        "docker.io",
        "/v1/",
        _auth(),
        json.dumps({"auth": _auth()}),
        "[::1",
    ),
    of_json=True,
)
