"""What a registry's garbage collector printed."""

from pathlib import Path
from typing import Final

from fuzz import checks
from fuzz.target import Target, text
from workers.core.collection import outside, parse_report, untagged
from workers.core.errors import CollectorError

_REPORTS: Final = Path(__file__).parents[2] / "tests/unit/data/gc"
_HEX: Final = "c0ffee00" * 8


def run(data: bytes) -> None:
    try:
        found = parse_report(text(data))
    except CollectorError as error:
        checks.said(error)
        return
    assert found.summary.marked == len(found.marked_blobs)
    assert found.summary.blobs == len(found.eligible_blobs)
    assert not found.eligible_blobs & found.marked_blobs
    marked = frozenset(digest for digests in found.marked_manifests.values() for digest in digests)
    assert marked <= found.marked_blobs
    assert untagged(found, found.marked_manifests) == {}
    assert not outside(found.eligible_blobs, found.eligible_blobs)


TARGET: Final = Target(
    holds="CollectorError, or a report whose lines agree with its summary and that keeps nothing it deletes",
    run=run,
    seeds=(
        *(path.read_bytes() for path in sorted(_REPORTS.glob("*.txt"))),
        b"\n0 blobs marked, 0 blobs and 0 manifests eligible for deletion\n",
        (
            f"app\napp: marking manifest sha256:{_HEX} \napp: marking blob sha256:{_HEX}\n"
            f"Upper/a: marking manifest sha256:{_HEX}\n\n"
            "1 blobs marked, 0 blobs and 0 manifests eligible for deletion\n"
        ).encode(),
    ),
    longest=2048,
    words=(
        ": marking manifest ",
        ": marking blob ",
        ": layer link eligible for deletion: ",
        "blob eligible for deletion: ",
        "manifest eligible for deletion: ",
        " blobs marked, ",
        "manifest tags path of repository app does not exist",
        f"sha256:{_HEX}",
        "{app sha256:" + _HEX + " [1.2 latest]}",
    ),
)
