"""Vouching: what is said at the end about whether what was shown can be trusted."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from cli.audit.command import LINKED, SIGNED
from workers.core.errors import BadRecord, NotAuthentic


@contextmanager
def vouched(*, is_keyed: bool) -> Iterator[None]:
    """Around a walk along proved entries: says on standard error how it ended; exits with 1 when nobody vouches."""
    try:
        yield
    except (NotAuthentic, BadRecord) as error:
        sys.stdout.flush()
        typer.echo(f"Do not trust what is shown: {error.sentence}", err=True)
        raise typer.Exit(1) from None
    sys.stdout.flush()
    typer.echo(f"The audit entries were looked at up to the newest. {SIGNED if is_keyed else LINKED}", err=True)
