"""What a collector wrote: its report, told apart from the log entries that Kubernetes mixes into it."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from typing import IO, Final

from workers.core.collection import Report, parse_lines
from workers.core.errors import CollectorError

_TAIL: Final = 16 * 1024
_LONGEST: Final = 300
_OF_REPORT: Final = re.compile(r".*: marking (manifest|blob) .*|.*eligible for deletion.*|\S*")
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/\s@]+@")


def report(output: IO[bytes]) -> Report:
    """The report in all that was written; raises CollectorError."""
    output.seek(0)
    lines = (line.decode(errors="replace") for line in output)
    found = parse_lines(line for line in lines if _entry(line) is None)
    if found.summary.manifests:
        raise CollectorError(
            "The collector would delete manifests by its own choice; let gc.program be the registry's own program, "
            "and use “/regclean rm --untagged REPOSITORY” instead."
        )
    return found


def reason(output: IO[bytes]) -> str:
    """The last thing the collector complained about, for people; credentials in addresses are left out."""
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _TAIL))
    said = output.read().decode(errors="replace").partition("Usage:")[0]
    complaints = list(_complaints(said.splitlines()))
    last = complaints[-1] if complaints else "it did not say why"
    return _CREDENTIALS.sub("", last)[:_LONGEST].rstrip(". ")


def _complaints(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        entry = _entry(line)
        if entry is not None:
            yield entry
        elif not _OF_REPORT.fullmatch(line.strip()):
            yield line.strip()


def _entry(line: str) -> str | None:
    """The message of a log entry in JSON, as logrus writes them; None for everything else."""
    if not line.startswith('{"'):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return str(entry["msg"]) if {"level", "msg", "time"} <= entry.keys() else None
