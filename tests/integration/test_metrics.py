"""What is counted in Redis: exact where it is part of a change, added up over processes, and never counted twice."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from demo.parts.redis import RedisProcess
from tests.office import configuration
from tests.samples import ANN, APPROVAL, BEN, DAY, KEYS, NOW, PLAN, request
from tests.scrape import Scrape, parsed
from workers.core.audit import Event, Happened
from workers.core.errors import Unavailable
from workers.core.outcome import Outcome, Result
from workers.core.request import Request, State
from workers.exposition import Exposition
from workers.runtime import Runtime
from workers.store import keys
from workers.store.connection import LISTENER, connect
from workers.store.fences import Fence
from workers.store.ledger import Change
from workers.store.meter import Meter
from workers.store.metrics import CALL_SECONDS, CALLS, WAIT, read
from workers.store.store import Store
from workers.store.tasks import Job
from workers.sweeper import Sweeper
from workers.watching import AGAIN_AFTER, ChainWatch


class Hall:
    """A store whose clock the test sets, and the sweeper's figures over it."""

    def __init__(self, store: Store) -> None:
        self.now = NOW
        self.store = Store.open(store.redis, KEYS, clock=lambda: self.now)
        runtime = Runtime(config=configuration(), store=self.store, environ={})
        self.sweeper = Sweeper(runtime)
        self.watch = ChainWatch(self.store.ledger.chain, clock=self._seconds)
        self.exposition = Exposition(store=self.store, config=runtime.config, sweeper=self.sweeper, watch=self.watch)

    def _seconds(self) -> float:
        return self.now.timestamp()

    def scrape(self) -> Scrape:
        registry = CollectorRegistry()
        registry.register(self.exposition)
        return parsed(generate_latest(registry).decode())

    def opens(self, **changes: object) -> Request:
        asked = request(**changes)
        self.store.ledger.open([Change(request=asked, events=[Event.of(Happened.OPENED, ANN)])], payload=asked.id)
        return asked

    def change(self, request_id: str, move: Callable[[Request], Request], *told: Event) -> None:
        self.store.ledger.change(request_id, lambda found: Change(request=move(found), events=told))


@pytest.fixture
def hall(store: Store) -> Hall:
    hall = Hall(store)
    hall.sweeper.round()
    return hall


def test_a_request_is_counted_from_its_opening_to_its_end(hall: Hall) -> None:
    asked = hall.opens()
    hall.change(asked.id, lambda found: found.planned(PLAN, NOW + DAY))
    assert hall.scrape().value("regclean_requests", state="pending", action="rm") == 1
    hall.now += timedelta(seconds=400)
    hall.change(asked.id, lambda found: found.approved(replace(APPROVAL, approvers=(BEN,))))
    hall.change(asked.id, lambda found: found.started())
    step = Event.of(Happened.STEP, verb="delete", result="done")
    hall.store.journal.record(asked.id, [Outcome(step=0, result=Result.DONE)], [step])
    hall.store.journal.record(asked.id, [Outcome(step=0, result=Result.DONE)], [step])
    hall.change(asked.id, lambda found: found.ended(State.DONE, hall.now, freed=1_500))
    seen = hall.scrape()
    assert seen.total("regclean_requests") == 0
    assert seen.value("regclean_requests_opened_total", action="rm", registry="prod") == 1
    assert seen.value("regclean_requests_ended_total", action="rm", registry="prod", state="done") == 1
    assert seen.total("regclean_requests_ended_total") == 1
    assert seen.value("regclean_steps_total", verb="delete", result="done") == 1
    assert seen.value("regclean_freed_bytes_total", registry="prod") == 1_500
    waited = {"action": "rm", "decision": "approved"}
    assert seen.value("regclean_approval_wait_seconds_sum", **waited) == pytest.approx(400)
    bounds = ("300", "900", "+Inf")
    found = [seen.value("regclean_approval_wait_seconds_bucket", le=bound, **waited) for bound in bounds]
    assert found == [0, 1, 1]
    assert hall.store.redis.exists(keys.PLANNED) == 0


def test_what_was_not_saved_is_not_counted(hall: Hall) -> None:
    asked = hall.opens()
    assert hall.store.ledger.open([Change(request=asked)], payload=asked.id) is False
    with pytest.raises(ValueError, match="no"):
        hall.change(asked.id, lambda _: (_ for _ in ()).throw(ValueError("no")))
    assert hall.scrape().total("regclean_requests_opened_total") == 1
    assert hall.scrape().total("regclean_requests_ended_total") == 0


def test_every_counter_that_can_be_foreseen_is_there_before_its_first_count(hall: Hall) -> None:
    seen = hall.scrape()
    assert seen.value("regclean_requests_ended_total", action="gc", registry="staging", state="failed") == 0
    assert seen.value("regclean_steps_total", verb="untag", result="failed") == 0
    assert seen.value("regclean_sweeper_repairs_total", kind="fence") == 0
    assert seen.value("regclean_alerts_total") == 0


def test_queues_fences_and_processes_are_told_as_they_are(hall: Hall) -> None:
    pipe = hall.store.redis.pipeline()
    for mark in ("1", "2"):
        hall.store.queues.push(Job(task="plan", subject="R-1", mark=mark), pipe)
    pipe.execute()
    hall.store.fences.save(Fence(registry="prod", request="R-1", since=NOW.isoformat()))
    hall.now = datetime.now(NOW.tzinfo) + timedelta(seconds=90)
    seen = hall.scrape()
    assert seen.value("regclean_queue_jobs", queue="lookup") == 2
    assert seen.value("regclean_queue_oldest_job_age_seconds", queue="lookup") == pytest.approx(90, abs=5)
    assert seen.value("regclean_queue_jobs", queue="gc") == 0
    assert seen.value("regclean_queue_oldest_job_age_seconds", queue="gc") == 0
    assert (seen.value("regclean_fenced", registry="prod"), seen.value("regclean_fenced", registry="staging")) == (1, 0)
    assert seen.value("regclean_fenced_since_timestamp_seconds", registry="prod") == NOW.timestamp()
    assert seen.value("regclean_process_heartbeat_timestamp_seconds", process="worker-clean") == 0


def test_a_sweeper_that_stands_by_tells_no_figure_twice(hall: Hall) -> None:
    other = Hall(hall.store)
    assert other.sweeper.round() is False
    assert set(other.scrape().families) == {"regclean_build_info", "regclean_redis_up", "regclean_sweeper_active"}
    assert (hall.scrape().value("regclean_sweeper_active"), other.scrape().value("regclean_sweeper_active")) == (1, 0)


def test_without_redis_the_figures_say_so(own_redis: RedisProcess) -> None:
    redis = connect(own_redis.url, LISTENER)
    hall = Hall(Store.open(redis, KEYS))
    hall.sweeper.round()
    assert hall.scrape().value("regclean_redis_up") == 1
    own_redis.kill()
    seen = hall.scrape()
    assert seen.value("regclean_redis_up") == 0
    assert set(seen.families) == {"regclean_build_info", "regclean_redis_up"}
    redis.close()


def test_a_broken_chain_is_seen_within_the_hour_and_so_is_its_repair(hall: Hall) -> None:
    asked = hall.opens()
    hall.watch.step()
    seen = hall.scrape()
    assert (seen.value("regclean_audit_entries_total"), seen.value("regclean_audit_chain_intact")) == (1, 1)
    assert seen.value("regclean_audit_chain_verified_timestamp_seconds") == NOW.timestamp()
    found: Any = hall.store.redis.xrange(keys.AUDIT)
    ((place, fields),) = found
    hall.store.redis.delete(keys.AUDIT)
    hall.store.redis.xadd(keys.AUDIT, {"entry": fields[b"entry"].replace(ANN.encode(), BEN.encode())}, id=place)
    hall.store.ledger.tell(asked.id, [Event.of(Happened.WAITING, why="for the test")])
    hall.watch.step()
    assert hall.scrape().value("regclean_audit_chain_intact") == 1  # it walked past that entry before
    hall.now += timedelta(seconds=AGAIN_AFTER)
    hall.watch.step()
    assert hall.scrape().value("regclean_audit_chain_intact") == 0


def test_an_entry_behind_the_head_is_seen_at_the_next_step(hall: Hall) -> None:
    hall.opens()
    hall.watch.step()
    hall.store.redis.hset(keys.AUDIT_HEAD, "sequence", 0)
    hall.watch.step()
    assert hall.watch.intact is False


def test_counts_of_a_fork_are_added_once(store: Store) -> None:
    meter = Meter()
    os.register_at_fork(after_in_child=meter.forget)
    meter.count(CALLS, "prod", "GET", "200")
    child = os.fork()
    if child == 0:
        meter.count(CALLS, "prod", "GET", "404")
        meter.observe(CALL_SECONDS, 0.2, "prod", "GET")
        with connect("redis://" + _place(store), LISTENER) as redis:
            meter.flush(redis)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    meter.flush(store.redis)
    meter.flush(store.redis)
    assert read(store.redis).counts["registry_calls"] == {("prod", "GET", "200"): 1, ("prod", "GET", "404"): 1}
    ((counts, total),) = read(store.redis).distribution(CALL_SECONDS).values()
    assert (counts[CALL_SECONDS.buckets.index("0.1")], counts[-1]) == (0, 1)
    assert total == pytest.approx(0.2)


def _place(store: Store) -> str:
    found = store.redis.connection_pool.connection_kwargs
    return f"{found['host']}:{found['port']}/{found.get('db', 0)}"


def test_counts_wait_for_a_redis_that_is_away(own_redis: RedisProcess) -> None:
    meter = Meter()
    meter.count(CALLS, "prod", "GET", "200")
    meter.observe(CALL_SECONDS, 1, "prod", "GET")
    own_redis.kill()
    with connect(own_redis.url, LISTENER) as redis:
        with pytest.raises(Unavailable):
            meter.flush(redis)
        own_redis.restart()
        meter.count(CALLS, "prod", "GET", "200")
        meter.flush(redis)
        assert read(redis).counts["registry_calls"] == {("prod", "GET", "200"): 2}
        assert read(redis).distribution(CALL_SECONDS)["prod", "GET"][1] == 1


def test_adding_counts_leaves_no_connection_open(store: Store) -> None:
    meter = Meter()
    before = int(store.redis.info("clients")["connected_clients"])
    for _ in range(5):
        meter.count(CALLS, "prod", "GET", "200")
        with meter.adding(store.redis):
            pass
    assert int(store.redis.info("clients")["connected_clients"]) <= before
    assert read(store.redis).counts["registry_calls"] == {("prod", "GET", "200"): 5}


def test_buckets_hold_what_is_at_most_their_bound() -> None:
    assert [WAIT.field(60), WAIT.field(60.1), WAIT.field(10**9)] == [
        '["approval_wait_seconds", "60"]',
        '["approval_wait_seconds", "300"]',
        '["approval_wait_seconds", "+Inf"]',
    ]
