"""What was acknowledged survives failovers, what no replica has is said to be uncertain, and everybody works on."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from redis import Redis

from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests import sentences
from tests.bench import Bench, config, document, settings
from tests.crew import Crew, eventually
from tests.integration.deeds import approving, opened, saved, story, together, waiting
from tests.office import office
from tests.samples import KEYS
from tests.watched_redis import WatchedRedis, client
from workers.core.audit import Event, Happened
from workers.core.errors import NotCertain, Unavailable
from workers.core.request import Request, State
from workers.store import keys
from workers.store.connection import LISTENER, WORKER, Patience, connect
from workers.store.health import Risk, examine
from workers.store.store import Store


@pytest.fixture
def watched(tmp_path: Path, redis_server: RedisProcess) -> Iterator[WatchedRedis]:
    with WatchedRedis(tmp_path / "watched") as running:
        yield running


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisProcess) -> Iterator[WatchedRedis]:
    """One that has one replica, and nobody to fail over to while that one sleeps."""
    with WatchedRedis(tmp_path_factory.mktemp("calm"), replicas=1, sentinels=1) as running:
        yield running


@contextmanager
def store_at(
    watched: WatchedRedis, patience: Patience = WORKER, budget: float = 30, replicas: int = 1
) -> Iterator[Store]:
    with closing(connect(f"{watched.url}?replicas={replicas}", patience)) as redis:
        yield Store.open(redis, KEYS, budget=budget)


@contextmanager
def asleep(*servers: RedisProcess) -> Iterator[None]:
    """Alive and silent while the block runs."""
    pids = [server.pid for server in servers if server.pid]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def cleared(watched: WatchedRedis) -> None:
    watched.until_followed(1)
    with client(watched.primary.port) as operator:
        operator.flushall()


def kill(watched: WatchedRedis) -> None:
    watched.primary.kill()


# Told to fail over, the old primary goes on for seconds, and a replica may follow it after another one was promoted.
HURTS = [
    pytest.param(kill, 1, id="killed"),
    pytest.param(WatchedRedis.fail_over, 2, id="told to fail over", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("hurt", "replicas"), HURTS)
def test_what_was_acknowledged_is_there_after_a_failover(
    watched: WatchedRedis, hurt: Callable[[WatchedRedis], None], replicas: int
) -> None:
    acknowledged: list[tuple[int, int]] = []
    before = watched.primary

    def tell(teller: int) -> None:
        with store_at(watched, replicas=replicas) as store:
            until = time.monotonic() + 8
            number = 0
            while time.monotonic() < until:
                store.ledger.tell("R-1", [Event.of(Happened.STEP, teller=teller, number=number)])
                acknowledged.append((teller, number))
                number += 1

    def interrupt() -> None:
        time.sleep(1)
        hurt(watched)

    with store_at(watched) as store:
        opened(store)
        deeds: list[Callable[[], None]] = [interrupt, *(partial(tell, teller) for teller in range(3))]
        together(deeds)
        assert watched.primary is not before
        assert store.ledger.chain.verify() == 1 + len(acknowledged)
        told = [(entry.details["teller"], entry.details["number"]) for entry in store.ledger.chain.of("R-1", after=1)]
    assert sorted(told) == sorted(acknowledged)
    assert len(told) > 50


@pytest.mark.long
def test_a_primary_that_hangs_and_wakes_up_takes_nothing_more(watched: WatchedRedis) -> None:
    hung = watched.primary
    with store_at(watched) as store:
        waiting(store)
        with asleep(hung):
            assert saved(store.ledger.change("R-1", approving())).state is State.APPROVED
            assert watched.primary is not hung
        store.ledger.tell("R-1", [Event.of(Happened.STEP)])
        watched.until(lambda: client(hung.port).info("replication")["role"] == "slave")
        store.ledger.tell("R-1", [Event.of(Happened.STEP)])
        assert story(store) == ["opened", "planned", "approved", "step", "step"]
        assert store.ledger.chain.verify() == 5


def test_what_a_failover_lost_is_saved_again_by_whoever_still_waits_for_it(watched: WatchedRedis) -> None:
    lost = watched.primary
    replicas = [each for each in watched.servers if each is not lost]

    def lose() -> None:
        with client(lost.port) as operator:
            eventually(lambda: b"approved" in operator_get(lost, keys.request("R-1")), 10)
            assert operator.ping()
        lost.kill()
        for replica in replicas:
            os.kill(replica.pid or 0, signal.SIGCONT)

    with store_at(watched) as store:
        waiting(store)
        for replica in replicas:
            os.kill(replica.pid or 0, signal.SIGSTOP)
        deeds: list[Callable[[], object]] = [lose, partial(store.ledger.change, "R-1", approving())]
        result = together(deeds)[1]
        assert isinstance(result, Request)
        assert result.state is State.APPROVED
        assert store.ledger.load("R-1").state is State.APPROVED
        assert story(store) == ["opened", "planned", "approved"]
        assert store.ledger.chain.verify() == 3


def operator_get(server: RedisProcess, key: str) -> bytes:
    with Redis(port=server.port) as raw:
        return raw.get(key) or b""


def test_what_no_replica_confirms_is_not_certain(calm: WatchedRedis) -> None:
    cleared(calm)
    (replica,) = [each for each in calm.servers if each is not calm.primary]
    with store_at(calm, LISTENER, budget=1) as store:
        waiting(store)
        with asleep(replica):
            began = time.monotonic()
            with pytest.raises(NotCertain, match="too few replicas of Redis confirmed it in time") as caught:
                store.ledger.change("R-1", approving())
            assert 0.9 < time.monotonic() - began < 2.5
        sentences.check(caught.value)
        assert store.ledger.load("R-1").state is State.APPROVED
        assert story(store) == ["opened", "planned", "approved"]


def test_nothing_is_taken_once_no_replica_follows(calm: WatchedRedis) -> None:
    cleared(calm)
    (replica,) = [each for each in calm.servers if each is not calm.primary]
    with store_at(calm, LISTENER, budget=1) as store:
        waiting(store)
        with asleep(replica):
            time.sleep(5)
            with pytest.raises(Unavailable, match="takes nothing while no replica follows it") as caught:
                store.ledger.change("R-1", approving())
        assert not isinstance(caught.value, NotCertain)
        sentences.check(caught.value)
        calm.until_followed(1)
        assert store.ledger.load("R-1").state is State.PENDING


def test_a_lock_that_no_replica_knows_is_no_lock(calm: WatchedRedis) -> None:
    cleared(calm)
    (replica,) = [each for each in calm.servers if each is not calm.primary]
    with store_at(calm) as store:
        with (
            asleep(replica),
            pytest.raises(Unavailable, match="Too few replicas of Redis confirmed the lock") as caught,
        ):
            store.locks.acquire("prod", "R-1")
        sentences.check(caught.value)
        with store.locks.acquire("prod", "R-2") as lock:
            assert lock.remaining > 15
            with asleep(replica):
                assert lock.renew()
                assert lock.remaining < 18.5
            calm.until_followed(1)
            assert lock.renew()
            assert lock.remaining > 19


def test_the_replicas_are_looked_at_when_a_process_starts(calm: WatchedRedis) -> None:
    cleared(calm)
    with store_at(calm) as store, client(calm.primary.port) as operator:
        assert {found.risk for found in examine(store.redis)} == {Risk.NONE}
        operator.config_set("min-replicas-to-write", 0)
        try:
            (found,) = [each for each in examine(store.redis) if each.risk is not Risk.NONE]
            assert (found.risk, "min-replicas-to-write is 0" in found.finding) == (Risk.SOME, True)
            (replica,) = [each for each in calm.servers if each is not calm.primary]
            with client(replica.port) as other:
                other.replicaof("NO", "ONE")
                eventually(lambda: operator.info("replication")["connected_slaves"] == 0, 10)
                (found,) = [each for each in examine(store.redis) if each.risk is not Risk.NONE]
                assert (found.risk, found.finding) == (Risk.STOPPED, "No replica follows the primary.")
                other.replicaof("127.0.0.1", calm.primary.port)
        finally:
            operator.config_set("min-replicas-to-write", 1)


def test_people_are_told_what_is_not_certain(calm: WatchedRedis) -> None:
    cleared(calm)
    (replica,) = [each for each in calm.servers if each is not calm.primary]
    with office(calm.url) as at:
        rita = at.workspace.rita
        with asleep(replica):
            rita.types("/regclean rm prod/app:1 --reason old")
            assert rita.sees()[-1].plain.startswith(
                "Not certain: it was saved, but too few replicas of Redis confirmed it in time"
            )
        calm.until_followed(1)
        assert len(at.requests()) == 1


@pytest.mark.parametrize(("hurt", "replicas"), HURTS)
def test_workers_go_on_when_their_redis_changes_under_them(
    watched: WatchedRedis,
    sample_registry: RegistryProcess,
    tmp_path: Path,
    hurt: Callable[[WatchedRedis], None],
    replicas: int,
) -> None:
    processes = (("worker", "lookup"), ("worker", "clean"), ("sweep",))
    url = f"{watched.url}?replicas={replicas}"
    with Crew(tmp_path / "crew", document(settings(sample_registry)), url) as crew:
        members = [crew.start(*words) for words in processes]
        bench = Bench(config(settings(sample_registry)), url)
        request_id = bench.ask("demo/nginx:1.26")
        eventually(lambda: bench.request(request_id).state is State.PENDING, 30)
        hurt(watched)
        bench.approve(request_id)
        eventually(lambda: bench.request(request_id).state is State.DONE, 60)
        assert bench.store.ledger.chain.verify()
        assert all(member.runs for member in members), [member.said for member in members]
    with Remote(sample_registry.url) as remote:
        assert "1.26" not in remote.tags("demo/nginx")
