"""Links in a registry's storage: which are torn, which are missing, and what follows."""

from pathlib import Path

import pytest

from tests.unit.test_gc_storage import Layout
from workers.core.damage import Damage
from workers.core.digest import Digest
from workers.core.names import RepositoryName
from workers.gc.links import Links, read_links
from workers.gc.storage import Storage

APP = RepositoryName("team/app")
REVISION, LAYER, OTHER = Digest.of(b"revision 0"), Digest.of(b"layer 0"), Digest.of(b"layer 1")
SOUND = 71


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "storage")


def links(layout: Layout) -> Links:
    return Storage(layout.root).links()[APP]


def link(layout: Layout, *parts: str) -> Path:
    return layout.repositories.joinpath("team/app", *parts, "link")


def test_sound_links_are_no_damage(layout: Layout) -> None:
    layout.layer("team/app")
    layout.revision("team/app")
    layout.tag("team/app", "1")
    link(layout, "_manifests/tags/1/current").write_bytes(str(REVISION).encode())
    found = links(layout)
    assert (found.tags, found.revisions, found.layers) == ({"1": SOUND}, {REVISION: SOUND}, {LAYER: SOUND})
    assert list(found.damage(APP)) == []
    assert list(found.wrong([LAYER])) == []


def test_empty_links_are_named_with_what_they_were(layout: Layout) -> None:
    layout.layer("team/app")
    layout.layer("team/app", number=1)
    layout.revision("team/app").write_bytes(b"")
    layout.tag("team/app", "1")
    for number in (0, 1):
        link(layout, "_layers/sha256", Digest.of(b"layer %d" % number).hex).write_bytes(b"")
    found = links(layout)
    why = "has a link of {} bytes in the storage, at which collection may stop"
    assert list(found.damage(APP)) == [
        Damage(what="team/app:1", why=why.format(7)),
        Damage(what=f"team/app@{REVISION}", why=why.format(0)),
        Damage(
            what="team/app",
            why=f"has a link to the blob {min(LAYER, OTHER).short} and 1 more of 0 bytes in the storage, at which "
            "collection may stop",
        ),
    ]
    assert dict(found.wrong([LAYER])) == {LAYER: "has a link of 0 bytes"}


def test_a_missing_link_to_a_layer_is_told_of_those_that_need_it(layout: Layout) -> None:
    layout.layer("team/app")
    layout.revision("team/app")
    assert dict(links(layout).wrong([LAYER, OTHER])) == {OTHER: "is not linked to the repository"}


def test_a_repository_with_manifests_and_without_layers_is_damaged(layout: Layout) -> None:
    layout.revision("team/app")
    (damage,) = links(layout).damage(APP)
    assert (damage.what, "collection stops at it or takes its blobs" in damage.why) == ("team/app", True)
    (layout.repositories / "team/app/_layers").mkdir()
    assert list(links(layout).damage(APP)) == []


def test_what_was_deleted_or_emptied_is_no_damage(layout: Layout) -> None:
    layout.emptied("team/app")
    (layout.repositories / "team/app/_manifests/tags/1").mkdir()
    found = links(layout)
    assert (found.tags, found.revisions) == ({}, {})
    assert list(found.damage(APP)) == []


def test_paths_tell_the_same_as_folders(layout: Layout) -> None:
    for name in ("team/app", "team", "other"):
        layout.image(name)
    layout.repositories.joinpath("other/_layers/md5/abc").mkdir(parents=True)
    layout.repositories.joinpath("other/_layers/md5/abc/link").write_bytes(b"md5:abc")
    found = [*layout.repositories.rglob("_layers"), *layout.repositories.rglob("link")]
    entries = [(path.relative_to(layout.repositories).parts, path.stat().st_size) for path in found]
    assert read_links(entries) == Storage(layout.root).links()


def test_names_that_the_api_does_not_accept_are_left_out() -> None:
    entries = [(("Upper", "_layers"), 0), (("_layers", "sha256", "x", "link"), 0), (("a", "_layers"), 0)]
    assert list(read_links(entries)) == [RepositoryName("a")]
