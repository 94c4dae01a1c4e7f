"""What is saved, and how long it takes to say so, when Redis is cut off, away, silent, killed, full or read-only."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis

from demo.parts.redis import RedisProcess
from tests import sentences
from tests.cutting_proxy import CuttingProxy
from tests.integration.deeds import approving, opened, opening, story, together, waiting
from tests.samples import KEYS
from workers.core.audit import Event, Happened
from workers.core.errors import BadInput, Unavailable
from workers.core.listing import Listing
from workers.core.outcome import Outcome, Result
from workers.core.request import Request, State
from workers.store.connection import LISTENER, WORKER, Patience, connect
from workers.store.fences import Fence
from workers.store.locks import Busy
from workers.store.store import Store
from workers.store.tasks import CLEAN, Job


@pytest.fixture
def proxy(redis_url: str) -> Iterator[CuttingProxy]:
    address = urlsplit(redis_url)
    assert address.hostname
    assert address.port
    with CuttingProxy(address.hostname, address.port) as made:
        yield made


@contextmanager
def store_at(url: str, patience: Patience = LISTENER, budget: float = 1.5) -> Iterator[Store]:
    with closing(connect(url, patience)) as redis:
        yield Store.open(redis, KEYS, budget=budget)


@contextmanager
def taking(at_least: float, at_most: float) -> Iterator[None]:
    """Fail unless the body takes that many seconds."""
    start = time.monotonic()
    yield
    assert at_least <= time.monotonic() - start <= at_most


PATIENCES = {"listener": LISTENER, "worker": WORKER}
HURRIED = Patience(timeout=0.1, retries=1, cap=0.01)


@pytest.mark.parametrize("patience", PATIENCES.values(), ids=PATIENCES)
@pytest.mark.parametrize("times", [1, 3])
def test_a_change_whose_answer_was_lost_is_carried_out_once(
    proxy: CuttingProxy, store: Store, patience: Patience, times: int
) -> None:
    waiting(store)
    with store_at(proxy.url, patience, budget=10) as cut:
        proxy.lose_answer_to("EXEC")
        proxy.lose("EXISTS", times - 1)
        result = cut.ledger.change("R-1", approving())
    assert proxy.cuts == times
    assert isinstance(result, Request)
    assert result.state is State.APPROVED
    assert result == store.ledger.load("R-1")
    assert story(store) == ["opened", "planned", "approved"]
    assert store.queues.queue(CLEAN).get_job_ids() == ["execute-R-1-1"]
    assert store.ledger.chain.verify() == 3


@pytest.mark.parametrize("command", ["WATCH", "HGETALL", "XREVRANGE", "EXEC"])
def test_a_change_that_did_not_arrive_is_sent_again(proxy: CuttingProxy, store: Store, command: str) -> None:
    waiting(store)
    with store_at(proxy.url) as cut:
        proxy.lose(command)
        assert isinstance(cut.ledger.change("R-1", approving()), Request)
    assert proxy.cuts == 1
    assert story(store) == ["opened", "planned", "approved"]


def test_a_command_whose_answer_was_lost_opens_its_request_once(proxy: CuttingProxy, store: Store) -> None:
    with store_at(proxy.url) as cut:
        proxy.lose_answer_to("EXEC")
        assert cut.ledger.open([opening()], "trigger")
    assert (proxy.cuts, story(store)) == (1, ["opened"])


def test_things_told_while_the_line_is_cut_again_and_again_are_each_told_once(
    proxy: CuttingProxy, store: Store
) -> None:
    opened(store)

    def tell(url: str, teller: int) -> None:
        with store_at(url, budget=20) as cut:
            for number in range(20):
                cut.ledger.tell("R-1", [Event.of(Happened.STEP, teller=teller, number=number)])

    proxy.lose_answer_to("EXEC", 15)
    proxy.lose("EXEC", 15)
    together([partial(tell, proxy.url, teller) for teller in range(4)])
    assert proxy.cuts == 30
    assert store.ledger.chain.verify() == 81
    told = [(entry.details["teller"], entry.details["number"]) for entry in store.ledger.chain.of("R-1", after=1)]
    assert sorted(told) == [(teller, number) for teller in range(4) for number in range(20)]


def test_a_lock_whose_answer_was_lost_is_ours(proxy: CuttingProxy, store: Store) -> None:
    with store_at(proxy.url) as cut:
        proxy.lose_answer_to("SET")
        lock = cut.locks.acquire("prod", "R-1")
        assert lock.remaining > 1
        with pytest.raises(Busy):
            store.locks.acquire("prod", "R-1")
    assert proxy.cuts == 1


@pytest.mark.parametrize("patience", PATIENCES.values(), ids=PATIENCES)
def test_when_redis_is_away_for_longer_than_the_budget_it_is_said_in_time(
    own_redis: RedisProcess, patience: Patience
) -> None:
    with store_at(own_redis.url, patience, budget=1) as far:
        waiting(far)
        own_redis.kill()
        with taking(1, 5), pytest.raises(Unavailable, match="Redis did not take it in time; try again") as caught:
            far.ledger.change("R-1", approving())
    sentences.check(caught.value)


def test_when_redis_hangs_for_longer_than_the_budget_it_is_said_in_time(own_redis: RedisProcess) -> None:
    assert own_redis.pid
    with store_at(own_redis.url, budget=1) as far:
        waiting(far)
        os.kill(own_redis.pid, signal.SIGSTOP)
        try:
            with taking(1, 5), pytest.raises(Unavailable):
                far.ledger.change("R-1", approving())
        finally:
            os.kill(own_redis.pid, signal.SIGCONT)


def test_when_redis_comes_back_within_the_budget_nobody_notices(own_redis: RedisProcess) -> None:
    with store_at(own_redis.url, budget=30) as far:
        waiting(far)
        own_redis.kill()
        deeds: list[Callable[[], object]] = [own_redis.restart, partial(far.ledger.change, "R-1", approving())]
        assert isinstance(together(deeds)[1], Request)
        assert story(far) == ["opened", "planned", "approved"]


def test_things_told_wait_for_redis_as_long_as_the_budget_allows(own_redis: RedisProcess) -> None:
    def come_back_late() -> None:
        time.sleep(1)
        own_redis.restart()

    with store_at(own_redis.url, budget=30) as far:
        opened(far)
        own_redis.kill()
        deeds: list[Callable[[], object]] = [
            come_back_late,
            partial(far.ledger.tell, "R-1", [Event.of(Happened.STEP)]),
            partial(far.journal.record, "R-1", [Outcome(step=0, result=Result.DONE)], [Event.of(Happened.STEP)]),
            partial(far.cards.caught_up, "R-1", 0),
            partial(far.lookups.answer, "L-1", Listing()),
        ]
        together(deeds)
        assert story(far) == ["opened", "step", "step"]


def test_what_was_acknowledged_survives_kills(own_redis: RedisProcess) -> None:
    acknowledged: list[tuple[int, int]] = []

    def tell(teller: int) -> None:
        with store_at(own_redis.url, budget=30) as far:
            for number in range(25):
                far.ledger.tell("R-1", [Event.of(Happened.STEP, teller=teller, number=number)])
                acknowledged.append((teller, number))

    def kill_now_and_then() -> None:
        for _ in range(3):
            time.sleep(0.05)
            own_redis.kill()
            own_redis.restart()

    with store_at(own_redis.url, budget=30) as far:
        opened(far)
        deeds: list[Callable[[], None]] = [kill_now_and_then, *(partial(tell, teller) for teller in range(3))]
        together(deeds)
        assert far.ledger.chain.verify() == 76
        told = [(entry.details["teller"], entry.details["number"]) for entry in far.ledger.chain.of("R-1", after=1)]
        assert sorted(told) == sorted(acknowledged)
        own_redis.kill()
        own_redis.restart()
        assert far.ledger.load("R-1").state is State.PLANNING
        assert far.ledger.chain.verify() == 76


READS: dict[str, Any] = {
    "a request": lambda it: it.ledger.load("R-1"),
    "a plan": lambda it: it.ledger.plan("R-1"),
    "open requests": lambda it: it.ledger.open_ids(),
    "recent requests": lambda it: it.ledger.recent_ids(3),
    "the chain of one": lambda it: list(it.ledger.chain.of("R-1")),
    "the whole chain": lambda it: list(it.ledger.chain.all()),
    "the verified chain": lambda it: it.ledger.chain.verify(),
    "something told": lambda it: it.ledger.tell("R-1", []),
    "a card": lambda it: it.cards.load("R-1"),
    "cards that are behind": lambda it: it.cards.behind(),
    "a card that caught up": lambda it: it.cards.caught_up("R-1", 1),
    "a fence": lambda it: it.fences.load("prod"),
    "a lifted fence": lambda it: it.fences.lift(Fence(registry="prod", request="R-1", since="")),
    "a list": lambda it: it.lookups.listing("L-1"),
    "outcomes": lambda it: it.journal.outcomes("R-1"),
    "throw-away manifests": lambda it: it.journal.placeholders("R-1"),
    "a lock": lambda it: it.locks.acquire("prod", "R-1"),
    "a lock's holder": lambda it: it.locks.holder("prod"),
    "a job": lambda it: it.queues.is_alive(Job(task="plan", subject="R-1", mark="1")),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_whatever_is_asked_of_an_absent_redis_is_unavailable(read: Any) -> None:
    with (
        store_at("redis://127.0.0.1:1/0", HURRIED, budget=0.1) as nowhere,
        pytest.raises(Unavailable, match=r"^Redis (did|does) not") as caught,
    ):
        read(nowhere)
    sentences.check(caught.value)


REFUSALS: dict[str, Any] = {
    "full": ({"maxmemory": "1"}, "Redis refused .command not allowed when used memory > 'maxmemory'"),
    "read-only": ({"min-replicas-to-write": "1"}, "Redis refused .NOREPLICAS Not enough good replicas to write"),
}


@pytest.mark.parametrize(("settings", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_what_redis_refuses_is_not_tried_again_and_its_reason_is_told(
    own_redis: RedisProcess, settings: dict[str, str], sentence: str
) -> None:
    with store_at(own_redis.url, budget=30) as far:
        before = waiting(far)
        with Redis.from_url(own_redis.url) as operator:
            for name, value in settings.items():
                operator.config_set(name, value)
        with taking(0, 5), pytest.raises(Unavailable, match=sentence) as caught:
            far.ledger.change("R-1", approving())
        sentences.check(caught.value)
        assert far.ledger.load("R-1") == before
        with pytest.raises(Unavailable, match=sentence):
            far.locks.acquire("prod", "R-1")


def test_a_wrong_password_is_not_tried_again(own_redis: RedisProcess) -> None:
    with Redis.from_url(own_redis.url) as operator:
        operator.config_set("requirepass", "secret")
    for url in (own_redis.url, own_redis.url.replace("//", "//:wrong@")):
        with (
            store_at(url, budget=30) as far,
            taking(0, 5),
            pytest.raises(Unavailable, match="Redis refused") as caught,
        ):
            far.ledger.open([opening()], "trigger")
        sentences.check(caught.value)


@pytest.mark.parametrize("url", ["", "localhost:6379", "http://localhost", "redis://localhost:port/0"])
def test_an_address_that_is_none_is_said_so(url: str) -> None:
    with pytest.raises(BadInput, match="write it as redis://HOST:PORT/0") as caught:
        connect(url, WORKER)
    sentences.check(caught.value)
