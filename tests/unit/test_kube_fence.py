"""The fence on a workload: what it changes, and that what it takes back is exactly what was there."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kube.patches import patched
from workers.core.errors import CollectorError
from workers.gc.kube import fence

FOREIGN = {"name": "A", "value": "1"}
OWN = st.sampled_from(
    [
        {"name": fence.VARIABLE, "value": '{"enabled":false}'},
        {"name": fence.VARIABLE, "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}},
        {"name": fence.VARIABLE, "value": fence.VALUE},
    ]
)
ENTRIES = st.lists(st.one_of(st.just(FOREIGN), st.just({"name": "B"}), OWN), max_size=5)


def workload(env: list[Any] | None, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    container: dict[str, Any] = {"name": "registry", "image": "registry:2"}
    if env:
        container["env"] = env
    metadata: dict[str, Any] = {"name": "hub", "resourceVersion": "7"}
    if annotations is not None:
        metadata["annotations"] = annotations
    containers = [{"name": "other", "image": "other:1"}, container]
    return {"kind": "Deployment", "metadata": metadata, "spec": {"template": {"spec": {"containers": containers}}}}


def registry(whole: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = whole["spec"]["template"]["spec"]["containers"][1]
    return found


def note(whole: dict[str, Any]) -> fence.Note:
    return fence.Note(by="me", since="now", container="registry", restore=fence.before(registry(whole)))


def fenced(whole: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = patched(whole, fence.raising(whole, registry(whole), note(whole)))
    return result


def lifted(whole: dict[str, Any]) -> dict[str, Any]:
    kept = fence.note_of(whole)
    assert kept
    result: dict[str, Any] = patched(whole, fence.lifting(whole, registry(whole), kept))
    return result


@given(env=ENTRIES, annotations=st.sampled_from([None, {}, {"a/b": "c"}]))
def test_what_is_taken_back_is_exactly_what_was_there(env: list[Any], annotations: dict[str, str] | None) -> None:
    before = workload(copy.deepcopy(env), annotations)
    between = fenced(before)
    assert fence.is_read_only(registry(between))
    assert fence.note_of(between) == note(before)
    after = lifted(between)
    if not after["metadata"].get("annotations"):  # an empty one is as good as none
        after["metadata"].pop("annotations", None)
        before["metadata"].pop("annotations", None)
    assert after == before


def test_what_somebody_else_changed_meanwhile_stays() -> None:
    between = fenced(workload([FOREIGN]))
    registry(between)["env"].insert(0, {"name": "NEW", "value": "2"})
    registry(between)["env"].append({"name": "NEWER", "value": "3"})
    assert registry(lifted(between))["env"] == [
        {"name": "NEW", "value": "2"},
        FOREIGN,
        {"name": "NEWER", "value": "3"},
    ]


def test_a_variable_that_somebody_else_set_meanwhile_is_left_alone() -> None:
    between = fenced(workload([FOREIGN]))
    registry(between)["env"][1]["value"] = '{"enabled":false}'
    after = lifted(between)
    assert registry(after) == registry(between)
    assert fence.note_of(after) is None


def test_of_several_entries_the_last_is_in_force() -> None:
    on, off = ({"name": fence.VARIABLE, "value": value} for value in (fence.VALUE, '{"enabled":false}'))
    assert fence.is_read_only(registry(workload([off, on])))
    assert not fence.is_read_only(registry(workload([on, off])))


def test_a_damaged_note_is_told() -> None:
    for text in ("", "{}", "[]", '{"by": 1, "unknown": 2}'):
        with pytest.raises(CollectorError, match="cannot be read; remove it and the variable"):
            fence.note_of(workload([], {fence.ANNOTATION: text}))


def test_people_are_told_how_to_lift_it() -> None:
    plain, set_before = workload([FOREIGN]), workload([{"name": fence.VARIABLE, "value": "x"}])
    assert fence.by_hand(plain, registry(plain), "ns") == (
        f"kubectl -n ns set env deployment/hub -c registry {fence.VARIABLE}-; "
        f"kubectl -n ns annotate deployment/hub {fence.ANNOTATION}-"
    )
    assert f"{fence.VARIABLE}='x'" in fence.by_hand(set_before, registry(set_before), "ns")


def test_the_container_is_the_only_one_or_the_one_that_is_named() -> None:
    pod = workload([])["spec"]["template"]["spec"]
    assert fence.container_of(pod, "other", "deployment/hub")["name"] == "other"
    for name in (None, "missing"):
        with pytest.raises(CollectorError, match=r"has the containers other, registry; set gc\.container"):
            fence.container_of(pod, name, "deployment/hub")
