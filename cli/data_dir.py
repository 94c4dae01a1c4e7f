"""The folder of `regclean up`: what commands that run beside it find there, its Redis and its signing key."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli import local_redis
from workers.core.errors import BadInput

DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="The folder of “regclean up”, for its Redis and its signing key.")
]
"""What commands take that need the one or the other."""


def with_folder(environ: Mapping[str, str], folder: Path | None) -> Mapping[str, str]:
    """The environment that `regclean up` gives its processes, where its own does not say otherwise; raises BadInput."""
    if folder is None:
        return environ
    try:
        own = _own(folder)
    except PermissionError as error:
        raise BadInput(f"{folder} cannot be looked into; run this as the user that “regclean up” runs as.") from error
    return dict(environ) | {name: value for name, value in own.items() if not _is_given(environ, name)}


def _own(folder: Path) -> Mapping[str, str]:
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}; give the --data-dir of “regclean up”.")
    key = folder / "signing.key"
    kept = {"REGCLEAN_SIGNING_KEY_FILE": str(key)} if key.exists() else {}
    return {"REDIS_URL": local_redis.url(folder), **kept}


def _is_given(environ: Mapping[str, str], name: str) -> bool:
    plain = name.removesuffix("_FILE")
    return bool(environ.get(plain) or environ.get(f"{plain}_FILE"))
