"""A storage listed by `find` and `stat` is counted as the same storage read from the disk."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import NoReturn

import pytest

from tests import sentences
from tests.unit.test_gc_storage import LONG_AGO, NOW, Layout
from workers.core.errors import CollectorError
from workers.core.names import RepositoryName
from workers.gc.listing import FORMAT, Entry, repositories
from workers.gc.storage import RepositoryLinks, Storage

HOUR = timedelta(hours=1)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "storage")
    made.image("registry/app")
    made.tag("registry/app", "2")
    made.emptied("registry")
    made.emptied("team/old")
    made.layer("fresh", NOW - timedelta(minutes=5))
    made.upload("uploading", NOW - timedelta(minutes=5))
    made.upload("stuck", LONG_AGO)
    made.revision("untagged", 3)
    (made.repositories / "no/repository").mkdir(parents=True)
    return made


@pytest.fixture(params=[(), ("busybox",)], ids=["gnu", "busybox"])
def tools(request: pytest.FixtureRequest, missing_part: Callable[[str], NoReturn]) -> tuple[str, ...]:
    words: tuple[str, ...] = request.param
    if words and not shutil.which(words[0]):
        missing_part("There is no `busybox` on this machine: install the package busybox-static.")
    return words


def listed(layout: Layout, tools: tuple[str, ...]) -> dict[str, RepositoryLinks]:
    stat = [*tools, "stat", "-c", FORMAT, "{}", "+"]
    said = subprocess.run(
        [*tools, "find", layout.repositories, "-exec", *stat], capture_output=True, check=True, text=True
    )
    entries = [Entry.parse(line) for line in said.stdout.splitlines()]
    return dict(repositories(entries, PurePosixPath(layout.repositories)))


def test_it_counts_what_the_disk_holds(layout: Layout, tools: tuple[str, ...]) -> None:
    on_disk = {str(name): links for name, links in Storage(layout.root).repositories().items()}
    assert len(on_disk) == 7
    assert {name: _whole(links) for name, links in listed(layout, tools).items()} == {
        name: _whole(links) for name, links in on_disk.items()
    }


def test_it_finds_the_same_empty_ones(layout: Layout, tools: tuple[str, ...]) -> None:
    empty = {name for name, links in listed(layout, tools).items() if links.is_left(NOW, HOUR)}
    assert empty == {"registry", "stuck", "team/old"}
    assert tuple(sorted(map(RepositoryName, empty))) == Storage(layout.root, HOUR).empty_repositories(NOW)


def test_what_hides_behind_a_symbolic_link_is_never_empty(
    layout: Layout, tools: tuple[str, ...], tmp_path: Path
) -> None:
    shutil.move(layout.repositories / "team/old/_manifests", tmp_path / "elsewhere")
    (layout.repositories / "team/old/_manifests").symlink_to(tmp_path / "elsewhere")
    assert not listed(layout, tools)["team/old"].is_left(datetime(2999, 1, 1, tzinfo=UTC), HOUR)


@pytest.mark.parametrize(
    "line",
    [
        *("", "12 5", "x 5 81a4 /a", "12 x 81a4 /a", "12 5 xyz /a", "find: /a: No such file", "\x1b[2J"),
        *("-1 5 81a4 /a", "12 -5 81a4 /a", "12 nan 81a4 /a", "12 inf 81a4 /a", "12 5 -1 /a", "12 5 1000081a4 /a"),
    ],
)
def test_anything_else_is_no_entry(line: str) -> None:
    with pytest.raises(CollectorError, match="The listing of the storage cannot be read") as caught:
        Entry.parse(line)
    sentences.check(caught.value)


def test_a_path_outside_the_storage_is_refused() -> None:
    with pytest.raises(CollectorError, match="names “/etc/_layers”, which is outside it"):
        repositories([Entry.parse("12 5 41ed /etc/_layers")], PurePosixPath("/var/lib"))


def test_a_path_with_spaces_is_one_path() -> None:
    entry = Entry.parse("12 5 81a4 /a b/c")
    assert (entry.size, entry.modified, entry.path, entry.is_symlink) == (12, 5.0, PurePosixPath("/a b/c"), False)


def _whole(links: RepositoryLinks) -> tuple[int, int, bool, int | None]:
    """Whole seconds: that is what `stat` tells."""
    touched = None if links.touched is None else int(links.touched)
    return (links.tags, links.revisions, links.has_layers, touched)
