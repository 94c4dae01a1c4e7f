"""`regclean doctor`: the command itself; what it takes is imported when it runs."""

import asyncio
import os
from collections.abc import Sequence
from typing import Annotated

import typer

from cli.data_dir import DataDir, with_folder
from workers.core.errors import BadInput


def doctor(
    *,
    json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="Only these checks, by the word before the dot; may be repeated.")
    ] = None,
    url: Annotated[str, typer.Option(help="Over HTTP: the bot's public address, which is then tried, too.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Look at everything that can be wrong; exits with 2 for a problem, 1 for a warning, 0 when all is fine."""
    from bot.manifest import request_url  # noqa: PLC0415 - slow to import, as what follows
    from cli.doctor import examining, printing  # noqa: PLC0415
    from cli.doctor.patient import Patient  # noqa: PLC0415
    from cli.doctor.verdict import Finding  # noqa: PLC0415

    if unknown := set(only or ()) - set(examining.groups()):
        raise BadInput(f"There are no checks “{min(unknown)}”; choose from {', '.join(examining.groups())}.")

    async def examined() -> Sequence[Finding]:
        environ = with_folder(os.environ, data_dir)
        async with Patient(environ=environ, request_url=request_url(url) if url else "") as patient:
            return await examining.examine(patient, only or ())

    findings = asyncio.run(examined())
    typer.echo(printing.as_json(findings) if json else printing.as_text(findings))
    raise typer.Exit(printing.worst(findings).exit_code)
