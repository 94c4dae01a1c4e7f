"""The fault bench notices: after a run in which all went well, each thing that is spoilt by hand is seen."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.registryctl import set_read_only
from demo.parts.remote import Remote
from tests.chaos import invariants
from tests.chaos.card import card
from tests.chaos.faults import FAULTS
from tests.chaos.front import Write
from tests.chaos.stage import Stage, stage
from tests.chaos.watch import COLLECTOR, takes_writes
from workers.core.audit import Event, Happened
from workers.core.plan import Verb
from workers.core.request import State
from workers.store import keys

pytestmark = pytest.mark.registry
Spoil = Callable[[Stage], object]
Look = Callable[[Stage], Iterator[str]]


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory, redis_server: object) -> Iterator[Stage]:
    """A removal in which nothing happened, at its end."""
    yield from lived_through("nothing", tmp_path_factory.mktemp("chaos"))


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory, redis_server: object) -> Iterator[Stage]:
    """A collection in which nothing happened, at its end."""
    yield from lived_through("nothing, collecting", tmp_path_factory.mktemp("chaos"))


def lived_through(fault: str, place: Path) -> Iterator[Stage]:
    with stage(FAULTS[fault], "a seed", "3.1.1", place) as it:
        it.ask()
        it.suffer()
        assert it.until_ended()
        assert not [sentence for look in invariants.INVARIANTS for sentence in look(it)]
        yield it


def another_state(it: Stage) -> None:
    failed = replace(it.request, state=State.FAILED)
    it.bench.store.redis.set(keys.request(it.request_id), json.dumps(failed.as_json()))


def one_step_less(it: Stage) -> None:
    less = replace(it.request, tally=replace(it.request.tally, done=it.request.tally.done - 1))
    it.bench.store.redis.set(keys.request(it.request_id), json.dumps(less.as_json()))


def told_again(it: Stage) -> None:
    it.bench.store.ledger.tell(it.request_id, [Event.of(Happened.STEP, step=0)])


def entry_changed(it: Stage) -> None:
    it.bench.store.redis.hset(keys.AUDIT_HEAD, "hash", "0" * 64)


def no_outcome(it: Stage) -> None:
    it.bench.store.redis.hdel(keys.outcomes(it.request_id), "0")


def a_tag_too_many(it: Stage) -> None:
    with Remote(it.registry.url) as remote:
        remote.push("team/app0", "1.again", image(Layer("again", 10)))


def one_too_many(it: Stage) -> None:
    with Remote(it.registry.url) as remote:
        remote.delete("team/app2", remote.digest("team/app2", "stays") or "")


def unapproved_write(it: Stage) -> None:
    it.front.writes.append(write(it, "/v2/team/app2/manifests/stays", it.request_id))


def unlocked_write(it: Stage) -> None:
    digest = next(step.digest for step in it.plan.steps if step.verb is Verb.DELETE)
    it.front.writes.append(write(it, f"/v2/team/app0/manifests/{digest}", ""))


def write(it: Stage, path: str, holder: str) -> Write:
    now = time.time()
    return Write(arrived=now, answered=now, method="DELETE", path=path, status=202, holder=holder, body="")


def nothing_saved(it: Stage) -> None:
    for key in it.bench.store.redis.scan_iter("rc:undo:*"):
        it.bench.store.redis.delete(key)


SPOILT: dict[str, tuple[Spoil, Look, str]] = {
    "a card with a step less": (one_step_less, card, "steps were done, and"),
    "an undo that was not saved": (nothing_saved, invariants.undo, "without having been saved"),
    "a write that nobody approved": (unapproved_write, invariants.writes, "was not approved"),
    "a write without the lock": (unlocked_write, invariants.writes, "while nobody held the lock"),
    "a step told twice": (told_again, invariants.story, "goes on after its end"),
    "a tag that is new": (a_tag_too_many, invariants.untouched, "was not there before"),
    "an image too many": (one_too_many, invariants.untouched, "was not to be touched"),
    "an outcome that is missing": (no_outcome, invariants.steps, "has no outcome"),
    "another state": (another_state, invariants.ends, "it ended as failed"),
    "a card with another state": (another_state, card, "does not say that it ended as ['Done']"),
    "an entry that was changed": (entry_changed, invariants.chain, "does not verify"),
}


@pytest.mark.parametrize(("spoil", "look", "said"), SPOILT.values(), ids=SPOILT)
def test_what_is_spoilt_is_seen(over: Stage, spoil: Spoil, look: Look, said: str) -> None:
    spoil(over)
    assert any(said in sentence for sentence in look(over)), list(look(over))


def test_a_card_that_says_what_did_not_leave_the_disk_is_seen(collected: Stage) -> None:
    more = replace(collected.request, freed=(collected.request.freed or 0) + 1)
    collected.bench.store.redis.set(keys.request(collected.request_id), json.dumps(more.as_json()))
    assert any("left the disk" in sentence for sentence in card(collected))


@pytest.fixture
def shut(over: Stage) -> Iterator[Stage]:
    """Read-only, and its collector has just ended."""
    set_read_only(over.registry.folder, enabled=True)
    over.watch.shut.clear()
    subprocess.run([sys.executable, COLLECTOR, over.registry.folder, "0.5"], check=True, capture_output=True)
    assert over.watch.ended
    yield over
    set_read_only(over.registry.folder, enabled=False)
    assert wait_until(lambda: not over.watch.ended, seconds=20)
    over.watch.shut.clear()


def test_a_registry_that_stays_shut_after_its_collector_is_seen(shut: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invariants, "_HEALED_WITHIN", 1.0)
    assert any("takes no writes" in sentence for sentence in invariants.registry(shut))


def test_a_registry_that_took_writes_too_late_after_its_collector_is_seen(
    shut: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    time.sleep(2)
    set_read_only(shut.registry.folder, enabled=False)
    assert wait_until(lambda: not shut.watch.ended, seconds=20)
    assert not list(invariants.registry(shut))
    monkeypatch.setattr(invariants, "_HEALED_WITHIN", 1.0)
    assert any("took no writes for" in sentence for sentence in invariants.registry(shut))


def test_looking_whether_a_registry_takes_writes_cancels_the_upload(over: Stage) -> None:
    uploads = over.registry.storage_root / "docker/registry/v2/repositories/team/app0/_uploads"
    before = set(uploads.glob("*/startedat"))
    assert takes_writes(over.registry.url)
    assert set(uploads.glob("*/startedat")) == before
