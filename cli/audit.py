"""The `regclean audit` commands: look along the audit chain, and accept what became of it."""

import os
from typing import Final

import typer

from workers.core.errors import BadInput, BadRecord, NotAuthentic

app = typer.Typer(no_args_is_help=True, help="Look into the audit chain.")
SIGNED: Final = "Their hashes fit, and so do the signatures of the keys in REGCLEAN_SIGNING_KEY."
LINKED: Final = (
    "Only their hashes were looked at, which anybody can compute who writes to Redis; "
    "set REGCLEAN_SIGNING_KEY to look at the signatures, too."
)


@app.command()
def verify() -> None:
    """Walk the whole audit chain; the exit code is 1 when an entry was changed, removed or added.

    With REGCLEAN_SIGNING_KEY it looks at the signatures, too. It needs REDIS_URL and nothing else.
    """
    from workers.config import redis_url, secret_from_environment, signing_keys  # noqa: PLC0415 - slow to import
    from workers.core.approval import KeyRing  # noqa: PLC0415
    from workers.store.chain import Chain  # noqa: PLC0415
    from workers.store.connection import WORKER, connect  # noqa: PLC0415

    url = redis_url(os.environ)
    if url is None:
        raise BadInput("REDIS_URL is not set; point it at the Redis that holds the audit chain.")
    is_keyed = secret_from_environment(os.environ, "REGCLEAN_SIGNING_KEY") is not None
    chain = Chain(connect(url.reveal(), WORKER), KeyRing(signing_keys(os.environ)) if is_keyed else None)
    try:
        count = chain.verify()
    except (NotAuthentic, BadRecord) as error:
        typer.echo(error.sentence)
        raise typer.Exit(1) from None
    typer.echo(f"The audit chain is whole: {count} entries. {SIGNED if is_keyed else LINKED}")


@app.command()
def accept() -> None:
    """Accept that Redis lost what cards show: what they showed before now counts no longer, and work goes on."""
    from workers.runtime import runtime  # noqa: PLC0415 - only this command needs it

    store = runtime().store
    store.anchors.accept(store.clock())
    typer.echo("What cards showed before now counts no longer; “regclean replies” lets work go on within a minute.")


@app.command()
def sign() -> None:
    """Sign the audit chain as it stands, because the key that signed it is lost; look at what it tells first.

    The exit code is 1 when an entry was changed, removed or added: such a chain cannot be signed.
    """
    from workers.runtime import runtime  # noqa: PLC0415 - only this command needs it

    store = runtime().store
    try:
        head = store.ledger.vouch()
    except (NotAuthentic, BadRecord) as error:
        typer.echo(error.sentence)
        raise typer.Exit(1) from None
    typer.echo(f"Signed with the key {store.keys.ids[0]}: {head.sequence} entries, up to the hash {head.hash[:16]}.")
