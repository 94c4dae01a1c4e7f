"""Redis' address: REDIS_URL with the files that its TLS needs, as one secret text that connections are made from."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from workers.config.secret import Secret, secret_from_environment
from workers.core.errors import BadInput

_SCHEMES: Final = ("redis://", "rediss://", "unix://", "redis+sentinel://", "rediss+sentinel://")
_TLS: Final = ("rediss://", "rediss+sentinel://")
_FILES: Final = {"REDIS_CA_FILE": "ssl_ca_certs", "REDIS_CERT_FILE": "ssl_certfile", "REDIS_KEY_FILE": "ssl_keyfile"}


def redis_url(environ: Mapping[str, str]) -> Secret | None:
    """What REDIS_URL or REDIS_URL_FILE says, completed by REDIS_CA_FILE, REDIS_CERT_FILE and REDIS_KEY_FILE.

    None when there is none. Raises BadInput, without the address: it may hold a password.
    """
    given = secret_from_environment(environ, "REDIS_URL")
    if given is None:
        return None
    url = given.reveal()
    if not url.startswith(_SCHEMES):
        raise BadInput(f"REDIS_URL begins with none of {', '.join(_SCHEMES[:-1])} and {_SCHEMES[-1]}.")
    files = {name: environ[name] for name in _FILES if environ.get(name)}
    if not files:
        return given
    if not url.startswith(_TLS):
        raise BadInput(f"{min(files)} is set, but REDIS_URL does not speak TLS; begin it with rediss://.")
    added = "&".join(f"{_FILES[name]}={quote(path, safe='/')}" for name, path in files.items())
    return Secret(f"{url}{'&' if '?' in url else '?'}{added}")
