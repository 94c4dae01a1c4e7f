"""Deciding, on plain values: what is deleted, what is untagged, what is kept and why, and how many bytes it frees."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ABLE, digest, image, index, snapshot, view
from workers.core.abilities import Abilities
from workers.core.choosing import SCHEMA1_STAYS, Policy
from workers.core.deciding import decide
from workers.core.names import Reference, RepositoryName, Tag
from workers.core.plan import Plan, Untagging, Verb
from workers.core.snapshot import RepositoryView, Snapshot


def plan(shot: Snapshot, *references: str, **policy: object) -> Plan:
    return decide(shot, [Reference.parse(text) for text in references], Policy(**policy))  # type: ignore[arg-type]


def steps(made: Plan) -> list[tuple[str, str, list[str]]]:
    return [(step.verb.value, str(step.digest), [str(tag) for tag in step.tags]) for step in made.steps]


def kept(made: Plan) -> dict[str, str]:
    return {each.what: each.why for each in made.kept}


def test_a_digest_all_of_whose_tags_go_is_deleted() -> None:
    made = plan(snapshot(view("app", {"1": "one", "2": "two"})), "app:1")
    assert steps(made) == [("delete", str(digest("one")), ["1"])]
    assert (made.frees, made.exact) == (1110, True)


def test_a_tag_whose_digest_has_another_tag_is_untagged_and_the_digest_kept() -> None:
    made = plan(snapshot(view("demo/nginx", {"1.26": "n", "latest": "n"})), "demo/nginx:1.26")
    assert steps(made) == [("untag", str(digest("n")), ["1.26"])]
    assert made.steps[0].untagging is Untagging.PLACEHOLDER
    assert kept(made) == {f"demo/nginx@{digest('n')}": "stays: latest needs it"}
    assert made.frees == 0


def test_the_registrys_own_tag_delete_is_preferred() -> None:
    shot = snapshot(view("a", {"x": "n", "y": "n"}), abilities=Abilities(delete=True, tag_delete=True))
    assert plan(shot, "a:x").steps[0].untagging is Untagging.NATIVE


def test_without_a_way_to_untag_the_tag_is_kept_and_the_sharers_are_named() -> None:
    made = plan(snapshot(view("a", {"x": "n", "y": "n", "z": "n"})), "a:x", untag="refuse")
    assert made.is_empty
    assert kept(made) == {
        "a:x": "cannot be untagged here: it shares its digest with y, z, and this registry cannot take off a single tag"
    }


def test_all_tags_of_a_digest_together_are_one_delete() -> None:
    made = plan(snapshot(view("a", {"x": "n", "y": "n"})), "a:x", "a:y")
    assert steps(made) == [("delete", str(digest("n")), ["x", "y"])]


def test_a_missing_tag_is_reported_and_spoils_nothing() -> None:
    made = plan(snapshot(view("a", {"x": "n"})), "a:noexist", "a:x")
    assert [verb for verb, _, _ in steps(made)] == ["delete"]
    assert kept(made) == {"a:noexist": "is not there"}


def test_an_index_goes_with_its_children_after_it() -> None:
    manifests = [index("i", ["amd", "arm"]), image("amd"), image("arm")]
    made = plan(snapshot(view("a", {"1": "i"}, manifests)), "a:1")
    assert (made.steps[0].digest, made.steps[0].depth) == (digest("i"), 0)
    assert {step.digest for step in made.steps if step.depth == 1} == {digest("amd"), digest("arm")}
    assert made.steps[1].because == "part of a:1"
    assert made.frees == 50 + 2 * 1110


def test_a_child_that_another_index_or_tag_needs_stays() -> None:
    manifests = [index("i", ["amd", "arm"]), index("j", ["amd"]), image("amd"), image("arm")]
    made = plan(snapshot(view("a", {"1": "i", "2": "j", "arm": "arm"}, manifests)), "a:1")
    assert [step.digest for step in made.steps] == [digest("i")]
    assert made.frees == 50


def test_a_tag_on_a_child_of_an_index_that_stays_is_untagged() -> None:
    made = plan(snapshot(view("a", {"1": "i", "arm": "arm"}, [index("i", ["arm"]), image("arm")])), "a:arm")
    assert steps(made) == [("untag", str(digest("arm")), ["arm"])]
    assert kept(made) == {f"a@{digest('arm')}": "stays: a:1 needs it"}


def test_a_named_digest_that_is_part_of_an_index_that_stays_is_refused_with_its_tags() -> None:
    shot = snapshot(view("a", {"1": "i", "arm": "arm"}, [index("i", ["arm"]), image("arm")]))
    made = plan(shot, f"a@{digest('arm')}")
    assert made.is_empty
    assert kept(made) == {f"a@{digest('arm')}": "stays: a:1 needs it"}


def test_a_named_digest_goes_with_all_its_tags() -> None:
    made = plan(snapshot(view("a", {"x": "n", "y": "n", "z": "m"})), f"a@{digest('n')}")
    assert steps(made) == [("delete", str(digest("n")), ["x", "y"])]


def test_a_named_digest_with_a_protected_tag_stays() -> None:
    made = plan(snapshot(view("a", {"x": "n", "prod-1": "n"})), f"a@{digest('n')}", protected=("*:prod-*",))
    assert made.is_empty
    assert kept(made) == {f"a@{digest('n')}": "has the protected tag prod-1"}


def test_protected_tags_win_over_everything() -> None:
    made = plan(
        snapshot(view("library/x", {"latest": "n", "1": "n"})),
        "library/x:latest",
        "library/x:1",
        protected=("library/*:latest",),
    )
    assert steps(made) == [("untag", str(digest("n")), ["1"])]
    assert kept(made)["library/x:latest"] == "is protected by “library/*:latest”"


def test_signatures_of_what_goes_go_with_it_and_signatures_of_signatures_too() -> None:
    sig = f"sha256-{digest('n').hex}.sig"
    sig_of_sig = f"sha256-{digest('s').hex}.att"
    made = plan(snapshot(view("a", {"x": "n", sig: "s", sig_of_sig: "t", "y": "m"})), "a:x")
    assert {step.digest for step in made.steps} == {digest("n"), digest("s"), digest("t")}
    assert all("belongs to" in step.because for step in made.steps if step.digest != digest("n"))


def test_a_referrers_index_goes_with_the_referrers_it_lists() -> None:
    fallback = f"sha256-{digest('n').hex}"
    manifests = [image("n"), index("f", ["ref"]), image("ref", subject="n")]
    made = plan(snapshot(view("a", {"x": "n", fallback: "f"}, manifests)), "a:x")
    assert {step.digest for step in made.steps} == {digest("n"), digest("f"), digest("ref")}


def test_the_signature_stays_when_only_a_tag_comes_off() -> None:
    sig = f"sha256-{digest('n').hex}.sig"
    made = plan(snapshot(view("a", {"x": "n", "y": "n", sig: "s"})), "a:x")
    assert [step.verb for step in made.steps] == [Verb.UNTAG]


def test_blobs_that_another_repository_needs_are_not_counted() -> None:
    shared = {"base": 5000, "own": 7}
    first = view("a", {"1": "n"}, [image("n", shared)])
    second = view("b", {"1": "m"}, [image("m", {"base": 5000})])
    assert plan(snapshot(first, second), "a:1").frees == 117
    assert not plan(snapshot(first, second, whole=False), "a:1").exact


def test_the_same_digest_in_another_repository_keeps_its_bytes() -> None:
    made = plan(snapshot(view("a", {"1": "n"}), view("b", {"1": "n"})), "a:1")
    assert (len(made.steps), made.frees) == (1, 0)


def test_an_unusable_tag_is_kept_with_its_reason_and_bytes_become_an_upper_bound() -> None:
    broken = replace(view("a", {"x": "n"}), unusable={Tag("b"): "is broken: its manifest is not there"})
    made = plan(snapshot(broken), "a:b", "a:x")
    assert kept(made) == {"a:b": "is broken: its manifest is not there"}
    assert not made.exact


def test_a_repository_the_registry_does_not_know_is_said_so() -> None:
    absent = RepositoryView(name=RepositoryName.parse("a"), absent=True)
    assert kept(plan(snapshot(absent), "a:x")) == {"a:x": "is not there: the registry does not know the repository"}


def test_an_old_schema1_manifest_stays_by_tag_and_by_digest() -> None:
    old = replace(image("old"), media_type="application/vnd.docker.distribution.manifest.v1+prettyjws")
    shot = snapshot(view("a", {"x": "old"}, [old]))
    made = plan(shot, "a:x", f"a@{digest('old')}")
    assert made.is_empty
    assert kept(made) == dict.fromkeys(["a:x", f"a@{digest('old')}"], SCHEMA1_STAYS)


def test_a_named_digest_that_is_not_there_is_reported_and_spoils_nothing() -> None:
    made = plan(snapshot(view("a", {"x": "n"})), f"a@{digest('gone')}", "a:x")
    assert [step.digest for step in made.steps] == [digest("n")]
    assert kept(made) == {f"a@{digest('gone')}": "is not there"}


def test_the_beginning_of_a_digest_means_the_one_that_begins_so() -> None:
    shot = snapshot(view("app", {"1": "one", "latest": "one", "2": "two"}))
    made = plan(shot, f"app@{digest('one').short}")
    assert steps(made) == [("delete", str(digest("one")), ["1", "latest"])]
    assert made.steps == plan(shot, f"app@{digest('one')}").steps


def test_a_beginning_of_no_digest_or_of_several_is_reported_and_spoils_nothing() -> None:
    shot = snapshot(view("app", {"1": "one", "2": "two"}))
    both = shot.repositories[RepositoryName("app")]
    manifest = both.manifests[digest("one")]
    near = replace(digest("one"), hex=digest("one").hex[:-1] + "x")
    twice = replace(both, manifests={**both.manifests, near: manifest})
    shot = replace(shot, repositories={twice.name: twice})
    made = plan(shot, f"app@sha256:{digest('one').short}", "app@000000000000", "app:2")
    assert kept(made) == {
        f"app@sha256:{digest('one').short}": "is the beginning of 2 digests; write all 64 digits",
        "app@sha256:000000000000": "begins no digest that a tag leads to; of any other write all 64 digits, "
        "as threads show them",
    }
    assert steps(made) == [("delete", str(digest("two")), ["2"])]


def test_an_index_whose_child_is_missing_goes_without_it() -> None:
    made = plan(snapshot(view("a", {"1": "i"}, [index("i", ["amd", "missing"]), image("amd")])), "a:1")
    assert [step.digest for step in made.steps] == [digest("i"), digest("amd")]
    assert made.steps[0].size == 50 + 1110


def test_the_fingerprint_binds_to_steps_and_registry_and_not_to_words() -> None:
    shot = snapshot(view("a", {"x": "n", "y": "m"}))
    one, two = plan(shot, "a:x"), plan(shot, "a:y")
    assert one.fingerprint != two.fingerprint
    assert replace(one, notes=("new",)).fingerprint == one.fingerprint
    assert Plan.from_json(one.as_json()) == one


WORDS = ["p", "q", "r", "i", "j"]
MANIFESTS = [image("p"), image("q"), image("r"), index("i", ["p", "q"]), index("j", ["i", "r"])]


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(WORDS), min_size=1),
    st.sets(st.sampled_from("abcdefgh"), min_size=1),
    st.sampled_from(["auto", "refuse"]),
)
def test_whatever_is_asked_every_tag_that_was_not_named_still_has_all_it_needs(
    tags: dict[str, str], asked: set[str], untag: str
) -> None:
    shown = view("a", tags, MANIFESTS)
    made = plan(snapshot(shown, abilities=ABLE), *(f"a:{tag}" for tag in sorted(asked)), untag=untag)
    deleted = {step.digest for step in made.steps if step.verb is Verb.DELETE}
    gone = {tag for step in made.steps for tag in step.tags}
    staying = [on for tag, on in shown.tags.items() if tag not in gone]
    assert gone <= {Tag(tag) for tag in asked & tags.keys()}
    assert not shown.reach(staying) & deleted
    order = [step.digest for step in made.steps if step.verb is Verb.DELETE]
    for parent in order:
        assert all(order.index(child) > order.index(parent) for child in shown.children(parent) if child in deleted)
