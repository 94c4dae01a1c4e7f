"""Rows: requests in short, below one another, for a terminal."""

from collections.abc import Iterable, Iterator
from typing import Final

from cli.audit.moments import shown
from cli.audit.summary import Summary
from workers.core.echo import echo
from workers.core.sizes import human

# Wide enough for what is usual; what is longer moves the rest of its line.
_COLUMNS: Final = (
    ("REQUEST", 10), ("ASKED (UTC)", 19), ("BY", 11), ("DECIDED BY", 11), ("ACTION", 13), ("REGISTRY", 12),
    ("STATE", 9), ("STEPS", 12), ("BYTES", 0),
)  # fmt: skip
_LONGEST: Final = 200


def lines(summaries: Iterable[Summary]) -> Iterator[str]:
    """A heading, and a line for each."""
    yield _line([name for name, _ in _COLUMNS])
    for each in summaries:
        yield _line(_cells(each))


def _cells(each: Summary) -> list[str]:
    return [
        each.request,
        shown(each.asked_at),
        each.requester,
        each.decider or each.cancelled_by or "-",
        each.action,
        each.registry,
        each.state.value,
        _steps(each),
        _bytes(each),
    ]


def _line(cells: list[str]) -> str:
    padded = (f"{echo(cell, _LONGEST):<{width}}" for cell, (_, width) in zip(cells, _COLUMNS, strict=True))
    return "  ".join(padded).rstrip()


def _steps(each: Summary) -> str:
    """`2 of 3 done, 1 skipped`."""
    if not each.steps:
        return "-"
    counted = [(each.skipped, "skipped"), (each.failed, "failed")]
    return ", ".join([f"{each.done} of {each.steps} done", *(f"{count} {what}" for count, what in counted if count)])


def _bytes(each: Summary) -> str:
    if each.freed is not None:
        return f"freed {human(each.freed)}"
    if each.frees is None:
        return "-"
    return f"frees {'' if each.exact else 'at most '}{human(each.frees)}"
