"""Opening: the audit chain that the environment, or the folder of `regclean up`, leads to, without a configuration."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from redis import Redis

from cli import local_redis
from cli.data_dir import with_folder
from workers.config import redis_url, secret_from_environment, signing_keys
from workers.core.approval import KeyRing
from workers.core.errors import BadInput
from workers.store.chain import Chain
from workers.store.connection import Patience, connect
from workers.store.store import Store

# Somebody waits at a terminal; a Redis that starts again has a few seconds.
_PATIENCE: Final = Patience(timeout=10, retries=4, cap=1)


def chain(folder: Path | None) -> Chain:
    """To be read; without a signing key nothing but its hashes can be looked at. Raises BadInput."""
    environ = with_folder(os.environ, folder)
    return Chain(_redis(environ, folder), _ring(environ))


def store(folder: Path | None) -> Store:
    """To be written to, which needs a signing key; raises BadInput."""
    environ = with_folder(os.environ, folder)
    return Store.open(_redis(environ, folder), KeyRing(signing_keys(environ)))


def keys(folder: Path | None) -> KeyRing | None:
    """The signing keys, where there are any; raises BadInput for what is none."""
    return _ring(with_folder(os.environ, folder))


def _ring(environ: Mapping[str, str]) -> KeyRing | None:
    is_keyed = secret_from_environment(environ, "REGCLEAN_SIGNING_KEY") is not None
    return KeyRing(signing_keys(environ)) if is_keyed else None


def _redis(environ: Mapping[str, str], folder: Path | None) -> Redis:
    url = redis_url(environ)
    if url is None:
        raise BadInput(
            "REDIS_URL is not set; point it at the Redis that holds the audit chain, or give the --data-dir of "
            "“regclean up”."
        )
    if folder and url.reveal() == local_redis.url(folder) and not local_redis.socket_path(folder).exists():
        raise BadInput(f"No “regclean up” works in {folder}; start it, or give the --data-dir that it has.")
    return connect(url.reveal(), _PATIENCE)
