"""The present code reads every record that a release left, and all of them fit together.

These fail when a record's shape was changed without a reader for the old one; docs/contributing.md says what to do.
"""

from typing import Any

import pytest

from bot.cards import request as cards
from bot.service import Service
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from demo.workspace.content import ADA, RITA
from tests.upgrade.filling import COLLECTED, SAMPLE, image_of
from tests.upgrade.snapshot import KINDS, Snapshot, folders
from tests.upgrade.world import World
from workers.core.request import Action, State
from workers.store import keys
from workers.store.key_marks import BOT, KeyMarks
from workers.store.queues import ListedJob
from workers.store.store import Store
from workers.store.tasks import QUEUES, TASKS, next_job

STATES = {
    "planning": State.PLANNING,
    "pending": State.PENDING,
    "untagged": State.PENDING,
    "approved": State.APPROVED,
    "running": State.RUNNING,
    "untagging": State.RUNNING,
    "cancelling": State.RUNNING,
    "collecting": State.RUNNING,
    "done": State.DONE,
    "collected": State.DONE,
    "failed": State.FAILED,
    "refused": State.REFUSED,
    "denied": State.DENIED,
    "expired": State.EXPIRED,
    "cancelled": State.CANCELLED,
    "stale": State.STALE,
}


def raw(store: Store) -> Any:
    """For what nothing in regclean reads yet."""
    return store.redis


def test_there_is_a_snapshot_of_the_first_release() -> None:
    assert "first_release" in [folder.name for folder in folders()]


def test_there_is_nothing_in_a_snapshot_that_nobody_knows(snapshot: Snapshot) -> None:
    assert snapshot.kinds <= KINDS
    assert snapshot.requests.keys() >= STATES.keys()


def test_the_chain_is_whole_and_signed(snapshot: Snapshot, store: Store) -> None:
    count = store.ledger.chain.verify()
    entries = list(store.ledger.chain.all())
    assert len(entries) == count > 50
    of_requests = [entry for each in snapshot.requests.values() for entry in store.ledger.chain.of(each)]
    assert sorted(entry.sequence for entry in of_requests) == [entry.sequence for entry in entries]
    assert store.anchors.unborne([]) is None


@pytest.mark.parametrize("name", STATES)
def test_every_request_is_read_with_all_that_belongs_to_it(snapshot: Snapshot, store: Store, name: str) -> None:
    request_id = snapshot.requests[name]
    request = store.ledger.load(request_id)
    assert request.state is STATES[name]
    assert (request.requester, request.id) == (RITA, request_id)
    assert request.approval is None or request.approval.approvers == (ADA,)
    told = [entry.action.value for entry in store.ledger.chain.of(request_id)]
    assert told[0] == "opened"
    assert not request.state.is_final or request.state.value in told
    if name != "planning":
        card = store.cards.load(request_id)
        assert (card.drawn > 0, card.ts != "", card.permalink != "") == (True, True, True)
        plan = store.ledger.plan(request_id)
        assert name == "refused" or plan.fingerprint == request.fingerprint
        assert bool(plan.collection) == (request.action is Action.COLLECT)
        outcomes = store.journal.outcomes(request_id)
        assert all(step < len(plan.steps) for step in outcomes)
    assert bool(store.journal.placeholders(request_id)) == (name == "untagging")


def test_what_belongs_to_no_single_request_is_read(snapshot: Snapshot, store: Store) -> None:
    fence = store.fences.load(COLLECTED)
    assert fence
    assert fence.request == snapshot.requests["collecting"]
    assert store.fences.load(SAMPLE) is None
    assert [str(each) for each in store.touched.load(SAMPLE)] == ["app"]
    halted = store.anchors.halted()
    assert halted
    assert halted.why == "Redis lost something."
    assert store.anchors.accepted_at() > 0
    assert [record.decode() for record in raw(store).zrange(keys.key_marks(BOT), 0, -1)] == [snapshot.ring.ids[0]]
    assert KeyMarks(store.redis).told(BOT) in ([], [snapshot.ring.ids])  # what was told long ago no longer counts
    assert set(store.ledger.open_ids()) == {snapshot.requests[each] for each in STATES if not STATES[each].is_final}
    assert set(store.ledger.recent_ids(100)) == set(snapshot.requests.values())
    assert store.cards.behind() == (snapshot.requests["planning"],)
    assert int(store.redis.get(keys.UNDO_TOTAL) or 0) > 0
    collection, removal = (snapshot.requests[each] for each in ("collected", "done"))
    assert store.collected.by(store.ledger.load(collection)) == collection
    assert store.collected.by(store.ledger.load(removal)) == ""
    assert [each.decode() for each in raw(store).zrange(keys.uncollected(SAMPLE), 0, -1)] == [removal]


def test_questions_and_answers_are_read(snapshot: Snapshot, store: Store) -> None:
    answered, still_open = snapshot.lookups["answered"], snapshot.lookups["open"]
    assert store.lookups.load(answered).query == store.lookups.load(still_open).query
    (shelf,) = store.lookups.listing(answered).shelves
    assert (shelf.registry, shelf.trouble) == (SAMPLE, "")
    assert {row.tag for row in shelf.rows} == set(snapshot.tags[SAMPLE]["app"])


def test_manifests_that_were_kept_can_be_put_back(store: Store, registries: dict[str, RegistryProcess]) -> None:
    kept = {key.decode(): raw(store).hgetall(key) for key in raw(store).scan_iter(keys.undo(SAMPLE, "*"))}
    assert len(kept) >= 3
    with Remote(registries[SAMPLE].url) as remote:
        for key, saved in kept.items():
            name, _, digest = key.removeprefix(keys.undo(SAMPLE, "")).partition("@")
            tag = saved[b"tags"].decode()
            for blob in image_of(tag).blobs:
                remote.push_blob(name, blob)
            headers = {"Content-Type": saved[b"media_type"].decode()}
            answer = remote.http.put(f"/v2/{name}/manifests/{tag}", content=saved[b"body"], headers=headers)
            assert answer.status_code == 201
            assert remote.digest(name, tag) == digest


def test_jobs_that_waited_are_known(snapshot: Snapshot, store: Store) -> None:
    waiting = [job_id for name in QUEUES for job_id in store.queues.queue(name).job_ids]
    found = [ListedJob.fetch(each, connection=store.redis, serializer=store.queues.serializer) for each in waiting]
    functions = {TASKS[task].function for task in ("plan", "execute", "look", "show", "answer")}
    assert {job.func_name for job in found} == functions
    assert all(callable(job.func) and job.args for job in found)
    for name in ("planning", "approved"):
        job = next_job(store.ledger.load(snapshot.requests[name]))
        assert job
        assert store.queues.is_alive(job)


def test_cards_are_drawn_of_all_of_them(world: World) -> None:
    service = Service(world.bench.store, world.bench.config)
    for request_id in world.snapshot.requests.values():
        assert cards.card(service.shown(request_id)).blocks
    assert len(service.overview(RITA).own) >= 8
    assert [each.id for each in service.overview(ADA).waiting] == [world.id("pending"), world.id("untagged")]
