"""What was open when a release was upgraded goes on to its end, on the decisions that were made before."""

import asyncio

import pytest

from bot import replies
from bot.replies.anchoring import look
from bot.service import Clicked, Service
from demo.workspace.content import ADA, RITA
from tests.office import office
from tests.upgrade.filling import COLLECTED, SAMPLE, litter, untag
from tests.upgrade.snapshot import Snapshot
from tests.upgrade.world import World
from workers import jobs
from workers.core.request import Request, State
from workers.store import keys, standing
from workers.store.queues import ListedJob
from workers.store.tasks import CLEAN, GC, LOOKUP, next_job
from workers.sweeper import Sweeper


def decide(world: World, name: str) -> Request:
    """A click on the card, as it was drawn by the release before."""
    store, request = world.bench.store, world.request(name)
    clicked = Clicked(request_id=request.id, fingerprint=request.fingerprint, actor=ADA, yes=True)
    decided = Service(store, world.bench.config).decide(clicked)
    assert isinstance(decided, Request), decided
    return decided


def test_what_waited_for_a_decision_is_approved_and_carried_out(going_on: World) -> None:
    assert decide(going_on, "pending").state is State.APPROVED
    assert going_on.work("pending").state is State.DONE
    assert "pending" not in going_on.tags(SAMPLE)


def test_what_was_open_counts_for_its_requester_once_it_moves(going_on: World) -> None:
    decided = decide(going_on, "pending")
    with going_on.bench.store.redis.pipeline() as pipe:
        pipe.watch(keys.STANDING)
        found = standing.read(pipe).open
    assert standing.Standing(decided.registry, decided.requester) in found


def test_what_was_approved_is_carried_out_on_the_old_approval(going_on: World) -> None:
    assert going_on.work("approved").state is State.DONE
    assert "approved" not in going_on.tags(SAMPLE)


def test_what_was_halted_waits_until_the_halt_is_lifted(world: World) -> None:
    assert world.work("approved").state is State.APPROVED
    assert world.request("approved").note == "Waiting: Redis lost something."
    world.bench.store.anchors.lift()
    assert world.work("approved").state is State.DONE


def test_what_was_running_goes_on_where_it_stood(going_on: World) -> None:
    before = going_on.bench.results(going_on.id("running"))
    assert len(before) == 1
    ended = going_on.work("running")
    assert (ended.state, ended.tally.done) == (State.DONE, 3)
    after = going_on.bench.results(going_on.id("running"))
    assert (len(after), after | before) == (3, after)
    assert "resumed" in going_on.bench.story(going_on.id("running"))
    assert not [tag for tag in going_on.tags(SAMPLE) if tag.startswith("running")]


def test_a_tag_that_was_being_taken_off_is_gone_and_its_neighbour_stays(going_on: World) -> None:
    ended = going_on.work("untagging")
    assert ended.state is State.DONE
    assert {"stays"} == {tag for tag in going_on.tags(SAMPLE) if tag in {"stays", "untagging"}}
    assert not going_on.bench.store.journal.placeholders(ended.id)


def test_what_was_being_cancelled_stops_before_its_next_step(going_on: World) -> None:
    ended = going_on.work("cancelling")
    assert (ended.state, ended.decider, ended.tally.done) == (State.CANCELLED, RITA, 1)
    assert "cancelling-2" in going_on.tags(SAMPLE)


def test_the_sweeper_starts_what_lost_its_job_and_lifts_the_fence(going_on: World) -> None:
    bench = going_on.bench
    Sweeper(bench.runtime).sweep()
    assert bench.store.fences.load(COLLECTED) is None
    assert "mended" in bench.story(going_on.id("collecting"))
    for name in ("running", "untagging", "cancelling", "collecting"):
        request = going_on.request(name)
        job = next_job(request)
        assert job
        assert request.attempt == 2
        assert bench.store.queues.is_alive(job)


def test_a_collection_that_was_cut_short_is_carried_out(going_on: World) -> None:
    litter(going_on.registries[COLLECTED], "second")
    ended = going_on.work("collecting")
    assert (ended.state, ended.note) == (State.DONE, "")
    assert ended.freed
    assert going_on.bench.store.fences.load(COLLECTED) is None


def test_untagged_manifests_that_waited_for_a_decision_are_removed(going_on: World) -> None:
    untag(going_on.registries[COLLECTED])
    Sweeper(going_on.bench.runtime).sweep()
    decide(going_on, "untagged")
    assert going_on.work("untagged").state is State.DONE
    assert going_on.tags(COLLECTED, "team/tool") == ["old"]


@pytest.fixture
def own_runtime(going_on: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """What the jobs work with is this world."""
    runtime = going_on.bench.runtime
    monkeypatch.setattr(jobs, "runtime", lambda: runtime)
    return going_on


def test_jobs_that_waited_are_done_as_workers_do_them(own_runtime: World) -> None:
    store = own_runtime.bench.store
    for name in (LOOKUP, CLEAN, GC):
        for job_id in store.queues.queue(name).job_ids:
            job = ListedJob.fetch(job_id, connection=store.redis, serializer=store.queues.serializer)
            job.func(*job.args)
    assert own_runtime.request("planning").state is State.PENDING
    assert own_runtime.request("approved").state is State.DONE
    assert store.lookups.listing(own_runtime.snapshot.lookups["open"]).shelves


def test_people_see_their_requests_and_answers_in_slack(
    snapshot: Snapshot, world: World, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cards that stand in a channel which is gone are posted anew."""
    monkeypatch.setattr("tests.office.KEYS", snapshot.ring)
    with office(redis_url, config=world.bench.config) as at:
        at.settle()
        at.workspace.rita.types("/regclean status")
        (overview,) = [each.plain for each in at.workspace.rita.sees() if world.id("pending") in each.plain]
        for name in ("planning", "approved", "running", "untagging", "cancelling", "collecting", "untagged"):
            assert world.id(name) in overview
        at.workspace.rita.types(f"/regclean status {world.id('done')}")
        at.workspace.rita.types("/regclean help")
        assert any("/regclean ls" in each.plain for each in at.workspace.rita.sees())
        assert not asyncio.run(look(replies.room()))
        assert at.store.anchors.halted() is None
