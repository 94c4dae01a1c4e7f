"""`regclean doctor`: the command itself; what it takes is imported when it runs."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli import local_redis
from workers.core.errors import BadInput


def doctor(
    *,
    json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Only these checks, by the word before the dot; may be repeated.")
    ] = None,
    url: Annotated[str, typer.Option(help="Over HTTP: the bot's public address, which is then tried, too.")] = "",
    data_dir: Annotated[
        Path | None, typer.Option(help="The folder of “regclean up”, for its Redis and its signing key.")
    ] = None,
) -> None:
    """Look at everything that can be wrong; exits with 2 for a problem, 1 for a warning, 0 when all is fine."""
    from bot.manifest import request_url  # noqa: PLC0415 - slow to import, as what follows
    from cli.doctor import examining, printing  # noqa: PLC0415
    from cli.doctor.patient import Patient  # noqa: PLC0415
    from cli.doctor.verdict import Finding  # noqa: PLC0415

    if unknown := set(only or ()) - set(examining.groups()):
        raise BadInput(f"There are no checks “{min(unknown)}”; choose from {', '.join(examining.groups())}.")

    async def examined() -> Sequence[Finding]:
        environ = with_folder(os.environ, data_dir) if data_dir else os.environ
        async with Patient(environ=environ, request_url=request_url(url) if url else "") as patient:
            return await examining.examine(patient, only or ())

    findings = asyncio.run(examined())
    typer.echo(printing.as_json(findings) if json else printing.as_text(findings))
    raise typer.Exit(printing.worst(findings).exit_code)


def with_folder(environ: Mapping[str, str], folder: Path) -> Mapping[str, str]:
    """The environment that `regclean up` gives its processes, where its own does not say otherwise."""
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}; give the --data-dir of “regclean up”.")
    key = folder / "signing.key"
    own = {"REDIS_URL": local_redis.url(folder), "REGCLEAN_SIGNING_KEY_FILE": str(key) if key.exists() else ""}
    return {name: value for name, value in own.items() if value and not _is_given(environ, name)} | dict(environ)


def _is_given(environ: Mapping[str, str], name: str) -> bool:
    plain = name.removesuffix("_FILE")
    return bool(environ.get(plain) or environ.get(f"{plain}_FILE"))
