"""What a pod or a container wrote: the collector's report with log entries between its lines."""

import io
from typing import Final

from fuzz import checks
from fuzz.target import Target
from fuzz.targets import report
from workers.core.errors import CollectorError
from workers.gc.kube import output


def run(data: bytes) -> None:
    written = io.BytesIO(data)
    why = output.reason(written)
    assert len(why) <= 300
    assert "\n" not in why
    try:
        found = output.report(written)
    except CollectorError as error:
        checks.said(error)
        return
    assert not found.summary.manifests
    assert not found.eligible_blobs & found.marked_blobs


_ENTRY: Final = b'{"level":"error","msg":"no such host http://user:secret@proxy:3128","time":"2026-03-01T12:00:00Z"}\n'
TARGET: Final = Target(
    holds="CollectorError, or a report that deletes no manifest; the reason is one line",
    run=run,
    seeds=(
        *report.TARGET.seeds,
        _ENTRY,
        _ENTRY + report.TARGET.seeds[-1],
        b"Usage:\n",
        b'{"level\n',
        b'{"level":[{"\xff',
    ),
    longest=2048,
    words=(*report.TARGET.words, '{"level":"', '"msg":', '"time":', "://user:secret@", "Usage:"),
)
