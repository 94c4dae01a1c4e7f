"""Plans: what their fingerprint binds to, and that nothing changes on the way through JSON."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import digest
from tests.samples import COLLECTION, PLAN
from workers.core.damage import Damage
from workers.core.names import RepositoryName, Tag
from workers.core.plan import Collection, Kept, Plan, Share, Step, Untagging, Verb, canonical
from workers.core.whole import LARGEST

GC = Plan(registry="prod", collection=COLLECTION)

STEP_CHANGES: dict[str, Any] = {
    "verb": Verb.DELETE,
    "repository": RepositoryName("apps"),
    "digest": digest("other"),
    "tags": (Tag("2"),),
    "untagging": Untagging.NATIVE,
    "depth": 3,
}
COLLECTION_CHANGES: dict[str, Any] = {
    "eligible": (digest("other"),),
    "size": 100,
    "untagged": 3,
    "untagged_size": 6,
    "emptied": (),
}
WORDS: dict[str, Any] = {
    "kept": (),
    "notes": ("New.",),
    "frees": 1,
    "exact": True,
    "shares": (Share(steps=(1,), size=7),),
}


def test_a_fingerprint_binds_to_known_damage_and_is_the_old_one_without_any() -> None:
    damaged = [replace(GC, damage=(Damage(what="app:1", why=why),)) for why in ("is not there", "cannot be read")]
    assert len({each.fingerprint for each in (GC, *damaged)}) == 3
    before = {"registry": "prod", "steps": [], "collection": COLLECTION.as_json()}
    assert GC.fingerprint == hashlib.sha256(canonical(before)).hexdigest()


def test_a_plan_of_before_damage_and_shares_were_known_is_read() -> None:
    old = {name: value for name, value in GC.as_json().items() if name not in {"damage", "shares"}}
    assert Plan.from_json(old) == GC


@pytest.mark.parametrize(("name", "value"), STEP_CHANGES.items(), ids=STEP_CHANGES)
def test_a_fingerprint_binds_to_each_part_of_a_step(name: str, value: Any) -> None:
    changed = replace(PLAN, steps=(replace(PLAN.steps[0], **{name: value}), *PLAN.steps[1:]))
    assert changed.fingerprint != PLAN.fingerprint


@pytest.mark.parametrize(("name", "value"), COLLECTION_CHANGES.items(), ids=COLLECTION_CHANGES)
def test_a_fingerprint_binds_to_each_part_of_a_collection(name: str, value: Any) -> None:
    assert replace(GC, collection=replace(COLLECTION, **{name: value})).fingerprint != GC.fingerprint


def test_a_fingerprint_binds_to_the_registry_to_the_order_and_to_every_step() -> None:
    others = [
        replace(PLAN, registry="lab"),
        replace(PLAN, steps=PLAN.steps[::-1]),
        replace(PLAN, steps=PLAN.steps[:1]),
        replace(PLAN, steps=(*PLAN.steps, PLAN.steps[0])),
        replace(PLAN, collection=COLLECTION),
    ]
    assert len({plan.fingerprint for plan in (PLAN, *others)}) == len(others) + 1


@pytest.mark.parametrize(("name", "value"), WORDS.items(), ids=WORDS)
def test_a_fingerprint_does_not_bind_to_what_is_only_said(name: str, value: Any) -> None:
    assert replace(PLAN, **{name: value}).fingerprint == PLAN.fingerprint


def test_a_plan_is_empty_when_nothing_would_change() -> None:
    assert Plan(registry="prod").is_empty
    assert replace(PLAN, steps=()).is_empty
    assert not PLAN.is_empty
    assert not GC.is_empty


names = st.from_regex(r"\A[a-z]{1,3}(/[a-z]{1,3})?\Z").map(RepositoryName.parse)
tags = st.from_regex(r"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,3}\Z").map(Tag.parse)
digests = st.binary(max_size=2).map(lambda body: digest(body.hex()))
steps = st.builds(
    Step,
    verb=st.sampled_from(Verb),
    repository=names,
    digest=digests,
    tags=st.lists(tags, max_size=2).map(tuple),
    because=st.text(max_size=9),
    size=st.integers(0, LARGEST),
    depth=st.integers(0, 9),
    untagging=st.none() | st.sampled_from(Untagging),
)
collections = st.builds(
    Collection,
    eligible=st.lists(digests, max_size=3).map(tuple),
    size=st.none() | st.integers(0, LARGEST),
    untagged=st.integers(0, LARGEST),
    untagged_size=st.none() | st.integers(0, LARGEST),
    emptied=st.lists(names, max_size=2).map(tuple),
)
plans = st.builds(
    Plan,
    registry=st.text(max_size=9),
    steps=st.lists(steps, max_size=3).map(tuple),
    kept=st.lists(st.builds(Kept, what=st.text(max_size=9), why=st.text(max_size=9)), max_size=2).map(tuple),
    notes=st.lists(st.text(max_size=9), max_size=2).map(tuple),
    frees=st.integers(0, LARGEST),
    exact=st.booleans(),
    shares=st.lists(
        st.builds(Share, steps=st.lists(st.integers(0, 9), max_size=3).map(tuple), size=st.integers(0, LARGEST)),
        max_size=2,
    ).map(tuple),
    collection=st.none() | collections,
    damage=st.lists(st.builds(Damage, what=st.text(max_size=9), why=st.text(max_size=9)), max_size=2).map(tuple),
)


@given(plans)
def test_a_plan_comes_back_from_json_as_it_was(plan: Plan) -> None:
    read = Plan.from_json(json.loads(canonical(plan.as_json())))
    assert read == plan
    assert read.fingerprint == plan.fingerprint


def test_one_value_has_one_spelling() -> None:
    assert canonical({"b": [1, "é"], "a": None}) == canonical({"a": None, "b": [1, "é"]})
    assert canonical({"b": [1, "é"], "a": None}) == b'{"a":null,"b":[1,"\\u00e9"]}'
