"""`regclean audit show`: everything that is known of one request."""

from typing import Annotated

import typer

from cli.data_dir import DataDir
from workers.core.errors import BadInput


def show(
    request: Annotated[str, typer.Argument(help="As its card names it, such as r-7k3m9q2x.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="The audit entries as “export” writes them.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Show every audit entry of a request in order: who, when, why, and each step with its digest; times are in UTC.

    The exit code is 1 when nobody vouches for the chain.
    """
    from bot.service.names import read_request_id  # noqa: PLC0415 - slow to import, as what follows
    from cli.audit import opening, telling  # noqa: PLC0415
    from cli.audit.vouching import vouched  # noqa: PLC0415
    from workers.core.plan import canonical  # noqa: PLC0415
    from workers.store.history import History  # noqa: PLC0415

    name, chain = read_request_id(request), opening.chain(data_dir)
    seen = 0
    with vouched(is_keyed=chain.is_keyed):
        for seen, entry in enumerate(History(chain).of(name), start=1):  # noqa: B007 - counted for what follows
            for line in [canonical(entry.as_json()).decode()] if as_json else telling.lines(entry):
                typer.echo(line)
        if not seen:
            raise BadInput(f"The audit chain tells of no request {name}; “regclean audit list” shows which there are.")
