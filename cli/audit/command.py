"""The `regclean audit` commands that look along the whole chain, and accept what became of it."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.data_dir import DataDir
from workers.core.errors import BadRecord, NotAuthentic

app = typer.Typer(no_args_is_help=True, help="Look into the audit chain.")
SIGNED: Final = "Their hashes fit, and so do their signatures."
LINKED: Final = (
    "Only their hashes were looked at, which anybody can compute who writes to Redis; "
    "set REGCLEAN_SIGNING_KEY to look at the signatures, too."
)


@app.command()
def verify(
    file: Annotated[Path | None, typer.Option(help="Look at what “export” wrote instead; no Redis is needed.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Walk the whole audit chain; the exit code is 1 when an entry was changed, removed or added.

    With REGCLEAN_SIGNING_KEY it looks at the signatures, too. It needs REDIS_URL, or --data-dir, and nothing else.
    """
    from cli.audit import opening, written  # noqa: PLC0415 - slow to import

    try:
        if file:
            ring = opening.keys(data_dir)
            typer.echo(f"{written.verified(file, ring)} {SIGNED if ring else LINKED}")
            return
        chain = opening.chain(data_dir)
        typer.echo(f"The audit chain is whole: {chain.verify()} entries. {SIGNED if chain.is_keyed else LINKED}")
    except (NotAuthentic, BadRecord) as error:
        typer.echo(error.sentence)
        raise typer.Exit(1) from None


@app.command()
def accept(data_dir: DataDir = None) -> None:
    """Accept that Redis lost what cards show: what they showed before now counts no longer, and work goes on."""
    from cli.audit import opening  # noqa: PLC0415 - slow to import

    store = opening.store(data_dir)
    store.anchors.accept(store.clock())
    typer.echo("What cards showed before now counts no longer; “regclean replies” lets work go on within a minute.")


@app.command()
def sign(data_dir: DataDir = None) -> None:
    """Sign the audit chain as it stands, because the key that signed it is lost; look at what it tells first.

    The exit code is 1 when an entry was changed, removed or added: such a chain cannot be signed.
    """
    from cli.audit import opening  # noqa: PLC0415 - slow to import

    store = opening.store(data_dir)
    try:
        head = store.ledger.vouch()
    except (NotAuthentic, BadRecord) as error:
        typer.echo(error.sentence)
        raise typer.Exit(1) from None
    typer.echo(f"Signed with the key {store.keys.ids[0]}: {head.sequence} entries, up to the hash {head.hash[:16]}.")
