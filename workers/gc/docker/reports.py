"""Reports of a collector that ran in a container, judged as everywhere: by its exit code and by what it printed."""

from collections.abc import Iterator
from typing import Protocol

from workers.core.collection import Report, parse_lines
from workers.core.errors import CollectorError


class Ran(Protocol):
    """A program that ended: its exit code, what it printed, and the last thing it complained about, for people."""

    @property
    def code(self) -> int: ...

    def lines(self) -> Iterator[str]: ...

    @property
    def reason(self) -> str: ...


def arguments(config_path: str, *, dry: bool) -> tuple[str, ...]:
    """What the registry's program is told; never `--delete-untagged`, which deletes children of tagged indexes."""
    return ("garbage-collect", *(("--dry-run",) if dry else ()), config_path)


def judged(program: str, ran: Ran) -> Report:
    """The report; raises CollectorError when there is none to rely on."""
    if ran.code != 0:
        raise CollectorError(f"“{program} garbage-collect” failed with exit code {ran.code}: {ran.reason}.")
    try:
        report = parse_lines(ran.lines())
    except CollectorError as error:
        raise CollectorError(f"{error.sentence} It also said: {ran.reason}.") from error
    if report.summary.manifests:
        raise CollectorError("The collector deletes manifests although it was not told to; look at its configuration.")
    return report
