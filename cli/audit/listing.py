"""`regclean audit list`: the requests that were made, a line for each."""

import json
from typing import Annotated

import typer

from cli.audit.period import Period, Since, Until
from cli.data_dir import DataDir


def list_requests(  # noqa: PLR0913 - each is an option of the command
    *,
    registry: Annotated[str, typer.Option(help="Only of this registry, by its name in the configuration.")] = "",
    image: Annotated[
        str, typer.Option(help="Only about an image like this, with * and ?: 'app:*', 'prod/team/*'.")
    ] = "",
    actor: Annotated[str, typer.Option(help="Only of this Slack member, who asked for it, decided or cancelled.")] = "",
    action: Annotated[str, typer.Option(help="Only rm, which includes --untagged, or only gc.")] = "",
    state: Annotated[str, typer.Option(help="Only in this state, such as done or failed.")] = "",
    since: Since = "",
    until: Until = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    data_dir: DataDir = None,
) -> None:
    """List requests in the order in which they were asked for, as the audit chain tells them; times are in UTC.

    --since and --until are about when they were asked for. The exit code is 1 when nobody vouches for the chain.
    """
    from cli.audit import opening, rows  # noqa: PLC0415 - slow to import, as what follows
    from cli.audit.summary import found_in  # noqa: PLC0415
    from cli.audit.vouching import vouched  # noqa: PLC0415
    from cli.audit.wanted import Wanted  # noqa: PLC0415
    from workers.store.history import History  # noqa: PLC0415

    wanted = Wanted(registry=registry, image=image, actor=actor, action=action, state=state)
    period = Period.read(since, until)
    chain = opening.chain(data_dir)
    with vouched(is_keyed=chain.is_keyed):
        found = (each for each in found_in(History(chain), period) if wanted.takes(each))
        for line in (json.dumps(each.as_json()) for each in found) if as_json else rows.lines(found):
            typer.echo(line)
