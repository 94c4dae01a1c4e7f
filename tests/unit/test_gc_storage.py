"""A registry's storage as files on disk: weighing blobs, finding and removing empty repositories, and nothing else."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.core.digest import Digest
from workers.core.errors import CollectorError
from workers.core.names import RepositoryName
from workers.gc.storage import RepositoryLinks, Storage

NOW = datetime(2030, 5, 17, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=3)


class Layout:
    """Writes a storage as a registry lays it out."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.repositories = root / "docker/registry/v2/repositories"
        self.blobs = root / "docker/registry/v2/blobs"
        self.repositories.mkdir(parents=True)
        self.blobs.mkdir()

    def blob(self, body: bytes) -> Digest:
        digest = Digest.of(body)
        self._file(self.blobs / "sha256" / digest.hex[:2] / digest.hex / "data", body)
        return digest

    def layer(self, name: str, at: datetime = LONG_AGO, number: int = 0) -> None:
        digest = Digest.of(b"layer %d" % number)
        self._dated(self.repositories / name / "_layers/sha256" / digest.hex / "link", str(digest).encode(), at)

    def revision(self, name: str, number: int = 0) -> Path:
        digest = Digest.of(b"revision %d" % number)
        link = self.repositories / name / "_manifests/revisions/sha256" / digest.hex / "link"
        self._file(link, str(digest).encode())
        return link

    def tag(self, name: str, tag: str) -> None:
        self._file(self.repositories / name / "_manifests/tags" / tag / "current/link", b"sha256:")

    def upload(self, name: str, at: datetime = LONG_AGO) -> None:
        data = self.repositories / name / "_uploads/6c1f/data"
        self._dated(data, b"half a layer", at)
        os.utime(data.parent, (at.timestamp(), at.timestamp()))

    def emptied(self, name: str) -> Path:
        """As it is after its only manifest was deleted: the tag's folder is gone, the revision's stays without link."""
        self.layer(name)
        (self.repositories / name / "_manifests/tags").mkdir(parents=True)
        self.revision(name).unlink()
        return self.repositories / name

    def image(self, name: str) -> None:
        self.layer(name)
        self.revision(name)
        self.tag(name, "1")

    def _dated(self, path: Path, body: bytes, at: datetime) -> None:
        self._file(path, body)
        os.utime(path, (at.timestamp(), at.timestamp()))

    def _file(self, path: Path, body: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "storage")


@pytest.fixture
def storage(layout: Layout) -> Storage:
    return Storage(layout.root)


def names(*texts: str) -> tuple[RepositoryName, ...]:
    return tuple(map(RepositoryName, texts))


def everything(root: Path) -> set[Path]:
    return set(root.rglob("*"))


def test_weighs_blobs_to_the_byte_and_tells_which_are_missing(layout: Layout, storage: Storage) -> None:
    one, two, absent = layout.blob(b"x" * 1234), layout.blob(b""), Digest.of(b"absent")

    weighed = storage.blob_sizes([one, two, absent])

    assert weighed.sizes == {one: 1234, two: 0}
    assert weighed.missing == {absent}
    assert weighed.total == 1234


def test_what_is_freed_is_what_weighed_before_and_is_gone_now(layout: Layout, storage: Storage) -> None:
    goes, stays = layout.blob(b"x" * 1000), layout.blob(b"y" * 500)
    before = storage.blob_sizes([goes, stays, Digest.of(b"absent")])
    used = storage.used_bytes()
    (layout.blobs / "sha256" / goes.hex[:2] / goes.hex / "data").unlink()

    assert storage.freed(before) == 1000
    assert used - storage.used_bytes() == 1000


@given(bodies=st.lists(st.binary(max_size=300), max_size=8, unique=True))
def test_used_bytes_are_the_sum_of_all_blobs(tmp_path_factory: pytest.TempPathFactory, bodies: list[bytes]) -> None:
    layout = Layout(tmp_path_factory.mktemp("storage") / "storage")
    digests = [layout.blob(body) for body in bodies]
    layout.upload("a/b")
    storage = Storage(layout.root)

    assert storage.used_bytes() == sum(map(len, bodies)) == storage.blob_sizes(digests).total


def test_a_registry_without_any_blob_uses_nothing(layout: Layout, storage: Storage) -> None:
    layout.blobs.rmdir()

    assert storage.used_bytes() == 0


def test_stray_files_among_the_blobs_are_not_counted(layout: Layout, storage: Storage) -> None:
    layout.blob(b"1234")
    (layout.blobs / "lost").write_bytes(b"lost")
    (layout.blobs / "sha256" / "lost").write_bytes(b"lost")

    assert storage.used_bytes() == 4


def test_tells_what_each_repository_holds(layout: Layout, storage: Storage) -> None:
    layout.image("registry/app")
    layout.tag("registry/app", "2")
    layout.revision("registry/app", 2)
    layout.emptied("registry")
    layout.upload("fresh", at=NOW)

    assert storage.repositories() == {
        RepositoryName("registry/app"): RepositoryLinks(
            tags=2, revisions=2, has_layers=True, touched=LONG_AGO.timestamp()
        ),
        RepositoryName("registry"): RepositoryLinks(tags=0, revisions=0, has_layers=True, touched=LONG_AGO.timestamp()),
        RepositoryName("fresh"): RepositoryLinks(tags=0, revisions=0, has_layers=False, touched=NOW.timestamp()),
    }


def test_a_repository_without_links_has_never_been_touched(layout: Layout, storage: Storage) -> None:
    (layout.repositories / "a/_manifests").mkdir(parents=True)

    assert storage.repositories()[RepositoryName("a")].touched is None


def test_finds_the_empty_ones_beside_above_and_below_full_ones(layout: Layout, storage: Storage) -> None:
    layout.emptied("registry")
    layout.image("registry/app")
    layout.image("team")
    layout.emptied("team/app/old")
    layout.emptied("b")
    layout.emptied("a")

    assert storage.empty_repositories(NOW) == names("a", "b", "registry", "team/app/old")


@pytest.mark.parametrize("what", ["tag", "revision"])
def test_a_repository_with_anything_left_is_not_empty(layout: Layout, storage: Storage, what: str) -> None:
    layout.emptied("a")
    if what == "tag":
        (layout.repositories / "a/_manifests/tags/broken").mkdir()
    else:
        layout.revision("a").write_bytes(b"")

    assert storage.empty_repositories(NOW) == ()
    assert not storage.remove_repository(RepositoryName("a"), NOW)
    assert (layout.repositories / "a/_layers").exists()


@pytest.mark.parametrize(("minutes", "left"), [(0, False), (59, False), (61, True), (-5, False)])
@pytest.mark.parametrize("what", ["layer", "upload"])
def test_a_repository_somebody_may_be_pushing_to_is_left_alone(
    layout: Layout, storage: Storage, what: str, minutes: int, left: bool
) -> None:
    layout.emptied("a")
    at = NOW - timedelta(minutes=minutes)
    if what == "layer":
        layout.layer("a", at, number=7)
    else:
        layout.upload("a", at)

    assert storage.empty_repositories(NOW) == (names("a") if left else ())
    assert storage.remove_repository(RepositoryName("a"), NOW) == left


@pytest.mark.parametrize(("grace", "left"), [(0, True), (29, True), (31, False)])
def test_how_long_a_push_may_take_can_be_set(layout: Layout, grace: int, left: bool) -> None:
    layout.emptied("a")
    layout.layer("a", NOW - timedelta(minutes=30), number=7)
    storage = Storage(layout.root, timedelta(minutes=grace))

    assert storage.empty_repositories(NOW) == (names("a") if left else ())


def test_links_removed_a_moment_ago_are_no_sign_of_a_push(layout: Layout, storage: Storage) -> None:
    layout.emptied("a")
    layout.layer("a", NOW, number=7)
    (layout.repositories / "a/_layers/sha256" / Digest.of(b"layer 7").hex / "link").unlink()

    assert storage.empty_repositories(NOW) == names("a")


def test_removes_a_repository_and_the_empty_directories_above_it(layout: Layout, storage: Storage) -> None:
    layout.image("other")
    layout.emptied("team/group/app")

    assert storage.remove_repository(RepositoryName("team/group/app"), NOW)

    assert {path.name for path in layout.repositories.iterdir()} == {"other"}


def test_never_touches_a_repository_inside(layout: Layout, storage: Storage) -> None:
    layout.image("registry/app")
    before = everything(layout.repositories)
    layout.emptied("registry")
    layout.upload("registry")

    assert storage.remove_repository(RepositoryName("registry"), NOW)

    assert everything(layout.repositories) == before


def test_never_touches_a_repository_around_it_or_what_is_not_the_registrys(layout: Layout, storage: Storage) -> None:
    layout.image("team")
    (layout.repositories / "team/notes.txt").write_text("mine")
    before = everything(layout.repositories)
    folder = layout.emptied("team/app")
    (folder / "notes.txt").write_text("mine, too")

    assert storage.remove_repository(RepositoryName("team/app"), NOW)

    assert everything(layout.repositories) == before | {folder, folder / "notes.txt"}


def test_the_folder_of_all_repositories_stays_when_the_last_one_goes(layout: Layout, storage: Storage) -> None:
    layout.emptied("a")

    assert storage.remove_repository(RepositoryName("a"), NOW)

    assert list(layout.repositories.iterdir()) == []


def test_removing_twice_is_fine(layout: Layout, storage: Storage) -> None:
    layout.emptied("team/app")

    assert storage.remove_repository(RepositoryName("team/app"), NOW)
    assert storage.remove_repository(RepositoryName("team/app"), NOW)


@pytest.mark.parametrize("gone", ["_layers", "_manifests", "_layers _manifests"])
def test_finishes_a_removal_that_was_cut_short(layout: Layout, storage: Storage, gone: str) -> None:
    folder = layout.emptied("team/app")
    layout.upload("team/app")
    for own in gone.split():
        (folder / own).rename(layout.root / own)

    assert storage.empty_repositories(NOW) == names("team/app")
    assert storage.remove_repository(RepositoryName("team/app"), NOW)
    assert list(layout.repositories.iterdir()) == []


@pytest.mark.parametrize("link", ["team", "team/app", "team/app/_layers", "team/app/_uploads", "team/app/_manifests"])
def test_follows_no_symbolic_link_out_of_the_storage(
    layout: Layout, storage: Storage, tmp_path: Path, link: str
) -> None:
    layout.emptied("team/app")
    layout.upload("team/app")
    elsewhere = tmp_path / "elsewhere"
    (layout.repositories / link).rename(elsewhere)
    (layout.repositories / link).symlink_to(elsewhere)
    before = everything(tmp_path)

    with pytest.raises(CollectorError, match="is a symbolic link"):
        storage.remove_repository(RepositoryName("team/app"), NOW)

    assert everything(tmp_path) == before


def test_manifests_on_another_disk_still_count(layout: Layout, storage: Storage, tmp_path: Path) -> None:
    layout.image("a")
    (layout.repositories / "a/_manifests").rename(tmp_path / "elsewhere")
    (layout.repositories / "a/_manifests").symlink_to(tmp_path / "elsewhere")

    assert storage.empty_repositories(NOW) == ()


def test_symbolic_links_in_a_circle_end(layout: Layout, storage: Storage) -> None:
    layout.image("a")
    (layout.repositories / "a/again").symlink_to(layout.repositories)

    assert set(storage.repositories()) == set(names("a"))


def test_directories_the_api_cannot_name_are_left_alone(layout: Layout, storage: Storage) -> None:
    layout.emptied("Upper/a")

    assert storage.empty_repositories(NOW) == ()
    assert storage.repositories() == {}


def test_a_storage_can_be_read_and_written(storage: Storage) -> None:
    assert storage.readable
    assert storage.writable


@pytest.mark.parametrize("place", ["missing", "empty", "file"])
def test_a_folder_without_a_registrys_storage_is_refused_with_what_to_do(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    storage = Storage(tmp_path / place)

    assert not storage.readable
    assert not storage.writable
    for ask in (
        storage.used_bytes,
        storage.repositories,
        lambda: storage.blob_sizes([]),
        lambda: storage.empty_repositories(NOW),
        lambda: storage.remove_repository(RepositoryName("a"), NOW),
    ):
        with pytest.raises(CollectorError, match="set `storage_root`"):
            ask()


def test_a_storage_that_is_unmounted_meanwhile_has_freed_nothing(layout: Layout, storage: Storage) -> None:
    before = storage.blob_sizes([layout.blob(b"1234")])
    layout.root.rename(layout.root.with_name("unmounted"))

    with pytest.raises(CollectorError, match="set `storage_root`"):
        storage.freed(before)


def test_what_the_disk_refuses_is_told(layout: Layout, storage: Storage) -> None:
    digest = Digest.of(b"x")
    folder = layout.blobs / "sha256" / digest.hex[:2]
    folder.mkdir(parents=True)
    (folder / digest.hex).symlink_to(digest.hex)

    with pytest.raises(CollectorError, match=r"storage gave an error: .*symbolic links"):
        storage.blob_sizes([digest])
