"""Written: audit entries as files hold them, a line each, and what such a file proves.

Both formats hold the same nine fields, spelt so that what was hashed can be computed from them again.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from cli.audit.moments import shown
from workers.core.approval import KeyRing
from workers.core.audit import Entry, Head
from workers.core.errors import BadInput, NotAuthentic, RegcleanError
from workers.core.plan import canonical
from workers.core.sealing import Top, Walk

JSONL: Final = "jsonl"
CSV: Final = "csv"
FORMATS: Final = (JSONL, CSV)
FIELDS: Final = ("sequence", "at", "actor", "request", "action", "details", "previous", "hash", "seal")
_UNREADABLE: Final = (ValueError, LookupError, TypeError, AttributeError, RecursionError, csv.Error, RegcleanError)
csv.field_size_limit(2**27)  # the details of one entry may name thousands of images


def heading(as_format: str) -> str:
    return _row(FIELDS) if as_format == CSV else ""


def line(entry: Entry, as_format: str) -> str:
    """With the end of the line; details are canonical JSON in a CSV file, too."""
    told = entry.as_json()
    if as_format == JSONL:
        return f"{canonical(told).decode()}\n"
    return _row([*(str(told[name]) if name != "details" else canonical(told[name]).decode() for name in FIELDS)])


def _row(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def verified(path: Path, ring: KeyRing | None) -> str:
    """What a file proves, in a sentence; raises NotAuthentic when it was changed, BadInput when it is none of ours."""
    walk, first, last = Walk(ring=ring), None, None
    for entry in _read(path):
        if first is None:
            first = entry
            walk = _from(entry, ring)
        walk.on((entry,))
        last = entry
    if first is None or last is None:
        raise BadInput(f"{path} holds no audit entry; give a file that “regclean audit export” wrote.")
    walk.end(Top(head=last.head, seal=last.seal))
    span = f"entries {first.sequence} to {last.sequence}"
    return f"Audit {span} are as they were written, the last one of {shown(last.at)} UTC with the hash {last.hash}."


def _from(entry: Entry, ring: KeyRing | None) -> Walk:
    """A walk that begins with this entry: the chain's first one is known to follow nothing."""
    before = Head(sequence=entry.sequence - 1, hash=entry.previous) if entry.sequence > 1 else Head()
    return Walk(ring=ring, last=before, vouched=before.sequence)


def _read(path: Path) -> Iterator[Entry]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield from _entries(file, path)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"{path} cannot be read: {why}.") from error


def _entries(file: Iterable[str], path: Path) -> Iterator[Entry]:
    """Each line has to be spelt just as it was written: nothing may stand there that no hash is about."""
    as_format = JSONL
    for number, text in enumerate(file, start=1):
        if number == 1 and text == heading(CSV):
            as_format = CSV
            continue
        try:
            entry = Entry.from_json(_fields(text, as_format))
            is_ours = line(entry, as_format) == text
        except _UNREADABLE:
            is_ours = False
        if not is_ours:
            raise NotAuthentic(f"Line {number} of {path} is not as “regclean audit export” writes an audit entry.")
        yield entry


def _fields(text: str, as_format: str) -> dict[str, object]:
    if as_format == JSONL:
        return dict(json.loads(text))
    (cells,) = csv.reader([text])
    told: dict[str, object] = dict(zip(FIELDS, cells, strict=True))
    return {**told, "details": json.loads(str(told["details"]))}
