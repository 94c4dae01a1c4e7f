"""What is written down about a running collector, by each way to run one."""

import json
from collections.abc import Callable
from typing import Any, Final

from fuzz import checks
from fuzz.target import Target, chosen, json_seed, text
from workers.core.errors import CollectorError
from workers.gc.docker import token as docker
from workers.gc.footprint import Footprint
from workers.gc.kube import token as kube

_KINDS: Final[tuple[tuple[Callable[[str], Any], dict[str, Any]], ...]] = (
    (Footprint.parse, {"pid": 4711, "started": 99, "boot": "b", "namespace": "pid:[4026531836]", "machine": "m"}),
    (docker.Token.parse, {"engine": "e", "container": "c", "execution": "x", "started": "2026-03-01T12:00:00Z"}),
    (kube.Token.parse, {"kind": "job", "namespace": "n", "name": "gc", "uid": "u", "life": ""}),
)


def run(data: bytes) -> None:
    (parse, _), written = chosen(data, _KINDS)
    try:
        found = parse(text(written))
    except CollectorError as error:
        checks.said(error)
        return
    assert parse(str(found)) == found
    json.loads(str(found))


TARGET: Final = Target(
    holds="CollectorError in one short sentence, or a token whose own spelling means the same",
    run=run,
    seeds=tuple(json_seed(kind, token) for kind, (_, token) in enumerate(_KINDS)),
    longest=512,
    words=("pid", "started", "container", "kind", "namespace", "9" * 400, "1e400", "-1"),
    of_json=True,
)
