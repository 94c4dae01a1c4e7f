"""The paths of a registry's storage, as a program in a container printed them."""

from pathlib import PurePosixPath
from typing import Final

from fuzz import checks
from fuzz.target import Target, text
from workers.core.errors import CollectorError
from workers.gc.listing import Entry, repositories
from workers.gc.repository_folder import OWN

_TOP: Final = PurePosixPath("/var/lib/registry/docker/registry/v2/repositories")
_HEX: Final = "a1" * 32
_LINES: Final = (
    f"4096 1772366400 41ed {_TOP}/app/_layers",
    f"71 1772366400.5 81a4 {_TOP}/team/app/_manifests/revisions/sha256/{_HEX}/link",
    f"71 1772366400 81a4 {_TOP}/team/app/_manifests/tags/1.2",
    f"71 1772366400 81a4 {_TOP}/app/_layers/sha256/{_HEX}/link",
    f"0 1772366400 a1ff {_TOP}/app/_uploads",
    f"0 1772366400 41ed {_TOP}/app/_uploads/7d4e/startedat",
)


def run(data: bytes) -> None:
    try:
        found = repositories([Entry.parse(line) for line in text(data).splitlines()], _TOP)
    except CollectorError as error:
        checks.said(error)
        return
    for name, links in found.items():
        assert name
        assert not name.startswith("/")
        assert not set(name.split("/")) & {*OWN}
        assert links.tags >= 0
        assert links.revisions >= 0
        assert links.touched is None or links.touched >= 0


TARGET: Final = Target(
    holds="CollectorError in one short sentence, or repositories below the storage with counts that are counts",
    run=run,
    seeds=(*(line.encode() for line in _LINES), "\n".join(_LINES).encode()),
    longest=1024,
    words=(
        str(_TOP),
        "/_layers",
        "/_manifests",
        "/_uploads",
        "/revisions/sha256/",
        "/tags/",
        "/link",
        "/..",
        "//",
        " a1ff ",
        " 41ed ",
        " -1 ",
        " nan ",
        " inf ",
    ),
)
