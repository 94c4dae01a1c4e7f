"""`regclean audit export`: the audit chain, or a part of it, to be kept and verified elsewhere."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from cli.audit.period import Period, Since, Until
from cli.data_dir import DataDir
from workers.core.echo import echo
from workers.core.errors import BadInput

if TYPE_CHECKING:
    from workers.core.audit import Entry
    from workers.store.history import History


def export(
    *,
    as_format: Annotated[str, typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    since: Since = "",
    until: Until = "",
    data_dir: DataDir = None,
) -> None:
    """Write every audit entry with its hash and signature, oldest first; “verify --file” looks at them again."""
    from cli.audit import opening, written  # noqa: PLC0415 - slow to import, as what follows
    from workers.store.history import History  # noqa: PLC0415

    if as_format not in written.FORMATS:
        raise BadInput(f"--format “{echo(as_format, 40)}” is not known; choose from {', '.join(written.FORMATS)}.")
    period = Period.read(since, until)
    history = History(opening.chain(data_dir))
    last: Entry | None = None
    count = 0
    sys.stdout.write(written.heading(as_format))
    for entry in _entries(history, period):
        sys.stdout.write(written.line(entry, as_format))
        last, count = entry, count + 1
    sys.stdout.flush()
    if last is None:
        raise BadInput("The audit chain has no entry of that time; choose another --since or --until.")
    typer.echo(f"{count:,} audit entries, up to entry {last.sequence} with the hash {last.hash}.", err=True)


def _entries(history: "History", period: Period) -> Iterator["Entry"]:
    """One unbroken part of the chain: what only stands between is in it, so that it can be verified."""
    from workers.store.history import told_at  # noqa: PLC0415

    for entry in history.chain.all(after=history.before(period.since) if period.since else 0):
        if period.is_over(told_at(entry)):
            return
        yield entry
