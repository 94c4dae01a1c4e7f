"""Damage: which images of a repository are damaged, by what was read and weighed."""

from dataclasses import replace

import pytest

from tests.builders import digest, image, index, view
from workers.core.damage import Damage, damage_of, losses, merged, misweighed
from workers.core.manifest import Manifest
from workers.core.names import Tag
from workers.core.snapshot import RepositoryView


def said(repository: RepositoryView, wrong: dict[str, str] | None = None) -> dict[str, str]:
    found = damage_of(repository, {digest(word): clause for word, clause in (wrong or {}).items()})
    assert list(found) == sorted(found)
    return {each.what: each.why for each in found}


def short(word: str) -> str:
    return digest(word).short


def test_nothing_is_wrong_with_what_is_sound() -> None:
    sound = view("app", {"1": "one", "all": "all"}, [image("one"), index("all", ["amd"]), image("amd")])
    assert said(sound) == {}
    assert said(sound, {"something else": "is not there"}) == {}


def test_each_tag_on_an_image_with_a_wrong_blob_is_damaged_and_no_other() -> None:
    sick = view("app", {"1": "one", "latest": "one", "2": "two"})
    assert said(sick, {"one-layer": "is not there"}) == {
        "app:1": f"the blob {short('one-layer')} is not there",
        "app:latest": f"the blob {short('one-layer')} is not there",
    }


def test_an_index_is_damaged_with_its_child_and_both_are_named_where_both_have_tags() -> None:
    sick = view("app", {"all": "all", "amd": "amd"}, [index("all", ["amd", "arm"]), image("amd"), image("arm")])
    assert set(said(sick, {"amd-config": "is not there"})) == {"app:all", "app:amd"}
    assert set(said(sick, {"arm-config": "is not there"})) == {"app:all"}


def test_a_manifest_that_weighs_something_else_is_named_as_such() -> None:
    assert said(view("app", {"1": "one"}), {"one": "has 5 of 100 bytes"}) == {
        "app:1": "its manifest has 5 of 100 bytes"
    }


def test_an_index_without_one_of_its_children_is_incomplete() -> None:
    whole = view("app", {"all": "all"}, [index("all", ["amd", "arm", "s390x"]), image("amd")])
    sick = replace(whole, broken={digest("arm"): "is not there", digest("s390x"): "is not there"})
    assert said(sick) == {"app:all": "incomplete: 2 of 3 platforms are missing"}


def test_a_nest_of_indexes_is_incomplete_as_well() -> None:
    nest = view("app", {"top": "top"}, [index("top", ["all"]), index("all", ["amd", "arm"]), image("amd")])
    assert said(replace(nest, broken={digest("arm"): "is not there"})) == {
        "app:top": "incomplete: 1 of 3 platforms is missing"
    }


def test_tags_that_cannot_be_used_are_damaged_unless_only_we_cannot_handle_them() -> None:
    clauses = {Tag("gone"): "is broken", Tag("old"): "is an old schema1 manifest"}
    sick = replace(view("app", {"1": "one"}), unusable=clauses, unread={Tag("old"): clauses[Tag("old")]})
    assert said(sick) == {"app:gone": "is broken"}


def test_manifests_without_a_tag_are_named_by_digest() -> None:
    loose = view("app", {"1": "one"}, [image("one"), image("loose")])
    sick = replace(loose, broken={digest("lost"): "is not there"})
    assert said(sick, {"loose-layer": "is not there"}) == {
        f"app@{digest('loose')}": f"the blob {short('loose-layer')} is not there",
        f"app@{digest('lost')}": "is not there",
    }


def test_many_wrong_blobs_are_counted() -> None:
    sick = view("app", {"1": "one"}, [image("one", {f"layer {number}": 5 for number in range(6)})])
    why = said(sick, {f"layer {number}": "is not there" for number in range(6)})["app:1"]
    assert why.count("is not there") == 3
    assert why.endswith(", and 3 more of its blobs")


def test_an_index_that_contains_itself_ends() -> None:
    circle = view("app", {"1": "one"}, [index("one", ["two"]), index("two", ["one", "gone"])])
    assert said(replace(circle, broken={digest("gone"): "is not there"})) == {
        "app:1": "incomplete: 1 of 2 platforms is missing"
    }


WEIGHED = {
    "as it should": (10, 10, ""),
    "missing": (10, None, "is not there"),
    "shorter": (2583, 100, "has 100 of 2,583 bytes"),
    "empty": (10, 0, "has 0 of 10 bytes"),
    "longer": (10, 11, "has 11 of 10 bytes"),
    "empty as it should be": (0, 0, ""),
    "of unknown size": (0, 10, ""),
    "of unknown size, and missing": (0, None, "is not there"),
}


@pytest.mark.parametrize(("expected", "found", "why"), WEIGHED.values(), ids=WEIGHED)
def test_what_a_weight_says(expected: int, found: int | None, why: str) -> None:
    assert misweighed(expected, found) == why


def test_it_survives_json_and_reads_well() -> None:
    damage = Damage(what="app:1", why="is not there")
    assert Damage.from_json(damage.as_json()) == damage
    assert str(damage) == "app:1 (is not there)"


def test_a_manifest_names_its_blobs_once() -> None:
    """An image whose layers are all one blob is damaged once."""
    twice: Manifest = image("one", {"same": 5})
    both = replace(twice, layers=twice.layers * 2)
    assert said(view("app", {"1": "one"}, [both]), {"same": "is not there"}) == {
        "app:1": f"the blob {short('same')} is not there"
    }


def test_what_collecting_would_take_is_told_of_what_people_pull() -> None:
    manifests = [index("all", ["amd", "arm"]), image("amd"), image("arm"), image("loose"), image("two")]
    sick = view("app", {"all": "all", "2": "two"}, manifests)
    eligible = frozenset(map(digest, ("amd", "amd-layer", "arm-layer", "loose-config", "garbage")))
    assert {each.what: each.why for each in losses(sick, eligible)} == {
        "app:all": "collecting takes 3 of its blobs",
        f"app@{digest('loose')}": "collecting takes 1 of its blobs",
    }
    assert losses(sick, frozenset({digest("garbage")})) == ()


def test_what_is_found_in_two_ways_is_told_once() -> None:
    found = [Damage(what=what, why=why) for what, why in (("b", "x"), ("a", "y"), ("b", "z"), ("b", "x"))]
    assert merged(found) == [Damage(what="a", why="y"), Damage(what="b", why="x, z")]
