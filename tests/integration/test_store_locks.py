"""Locks on a real Redis: one at a time, only while surely held, and never another's."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

import pytest

from demo.parts.redis import RedisProcess
from tests import sentences
from tests.integration.deeds import together
from workers.core.errors import Unavailable
from workers.store import keys, locks
from workers.store.connection import Patience, connect
from workers.store.locks import Busy, Lock, LockLost, Locks
from workers.store.store import Store

SHORT = 1.0
HURRIED = Patience(timeout=0.5, retries=0, cap=0.01)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks that live for a second."""
    monkeypatch.setattr(locks, "LIFE", SHORT)


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_at_a_time_and_the_other_is_told_who(store: Store) -> None:
    with store.locks.acquire("prod", "R-1"):
        with pytest.raises(Busy, match=r"^Waiting: R-1 is changing prod\.$") as caught:
            store.locks.acquire("prod", "R-2")
        sentences.check(caught.value)
        assert locks.LIFE - 5 < caught.value.left <= locks.LIFE
        assert store.locks.holder("prod") == "R-1"
    assert store.locks.holder("prod") is None
    with store.locks.acquire("prod", "R-2"):
        assert store.locks.holder("prod") == "R-2"


def test_not_even_the_same_request_gets_it_twice(store: Store) -> None:
    with store.locks.acquire("prod", "R-1"), pytest.raises(Busy):
        store.locks.acquire("prod", "R-1")


def test_registries_have_locks_of_their_own(store: Store) -> None:
    with store.locks.acquire("prod", "R-1"), store.locks.acquire("lab", "R-2"):
        assert (store.locks.holder("prod"), store.locks.holder("lab")) == ("R-1", "R-2")


def test_of_twenty_at_once_one_gets_it(store: Store) -> None:
    def attempt(owner: str) -> bool:
        try:
            store.locks.acquire("prod", owner)
        except Busy:
            return False
        return True

    assert sum(together([partial(attempt, f"R-{number}") for number in range(20)])) == 1


def test_the_fence_number_grows_over_all_registries(store: Store) -> None:
    numbers = []
    for registry in ("prod", "lab", "prod", "prod"):
        with store.locks.acquire(registry, "R-1") as lock:
            numbers.append(lock.number)
    assert numbers == sorted(set(numbers))


def test_an_owners_name_may_have_dots(store: Store) -> None:
    with store.locks.acquire("prod", "a.b.c"):
        assert store.locks.holder("prod") == "a.b.c"


def test_a_write_is_allowed_while_the_lock_outlives_it(store: Store) -> None:
    with store.locks.acquire("prod", "R-1") as lock:
        assert locks.LIFE - 1 < lock.remaining <= locks.LIFE
        lock.may_write(locks.LIFE / 3)
        with pytest.raises(LockLost) as caught:
            lock.may_write(locks.LIFE)
        sentences.check(caught.value)


def test_a_lock_lives_long_enough_for_one_write_between_two_renewals(store: Store) -> None:
    with store.locks.acquire("prod", "R-1", call=locks.LIFE) as lock:
        assert lock.life == 2 * locks.LIFE
        assert int(store.redis.pttl(keys.lock("prod"))) > locks.LIFE * 1000
        lock.may_write(locks.LIFE)


@pytest.mark.usefixtures("short")
def test_a_held_lock_is_renewed_for_as_long_as_it_is_held(store: Store) -> None:
    with store.locks.acquire("prod", "R-1") as lock:
        time.sleep(1.5 * SHORT)
        lock.may_write(0)
        assert store.locks.holder("prod") == "R-1"


@pytest.mark.usefixtures("short")
def test_a_lock_that_nobody_renews_runs_out(store: Store) -> None:
    lock = store.locks.acquire("prod", "R-1")
    wait_until(lambda: store.locks.holder("prod") is None)
    assert lock.remaining < 0
    with pytest.raises(LockLost):
        lock.may_write(0)
    with store.locks.acquire("prod", "R-2") as other:
        assert other.number == lock.number + 1
        assert not lock.renew()
        assert store.locks.holder("prod") == "R-2"


LOST: dict[str, Callable[[Store], object]] = {
    "deleted": lambda store: store.redis.delete(keys.lock("prod")),
    "taken over": lambda store: store.redis.set(keys.lock("prod"), "R-2.0123456789abcdef", px=60_000),
    "taken over by the same request's next attempt": lambda store: store.redis.set(
        keys.lock("prod"), "R-1.0123456789abcdef", px=60_000
    ),
}


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("lose", LOST.values(), ids=LOST)
def test_once_a_lock_is_lost_nothing_more_is_written(store: Store, lose: Callable[[Store], object]) -> None:
    with store.locks.acquire("prod", "R-1") as lock:
        lock.may_write(0)
        lose(store)
        after = store.locks.holder("prod")
        wait_until(lambda: lock.remaining < 0)
        with pytest.raises(LockLost):
            lock.may_write(0)
        assert not lock.renew()
    assert store.locks.holder("prod") == after


def test_a_lock_that_is_seen_to_be_lost_allows_nothing_from_then_on(store: Store) -> None:
    lock = store.locks.acquire("prod", "R-1")
    assert lock.renew()
    lock.may_write(0)
    store.redis.delete(keys.lock("prod"))
    assert not lock.renew()
    with pytest.raises(LockLost):
        lock.may_write(0)


def test_a_lock_that_was_given_back_allows_nothing(store: Store) -> None:
    with store.locks.acquire("prod", "R-1") as lock:
        pass
    with pytest.raises(LockLost):
        lock.may_write(0)
    assert not lock.renew()


def test_a_lock_is_given_back_when_something_goes_wrong_inside(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.locks.acquire("prod", "R-1"):
        raise ZeroDivisionError
    assert store.locks.holder("prod") is None


@pytest.fixture
def far(own_redis: RedisProcess) -> Iterator[Locks]:
    """Locks in a Redis that the test may kill."""
    with closing(connect(own_redis.url, HURRIED)) as redis:
        yield Locks(redis)


@pytest.mark.usefixtures("short")
def test_while_redis_is_away_the_lock_runs_down_and_nothing_more_is_written(
    own_redis: RedisProcess, far: Locks
) -> None:
    with far.acquire("prod", "R-1") as lock:
        lock.may_write(0)
        own_redis.kill()
        with pytest.raises(Unavailable):
            lock.renew()
        wait_until(lambda: lock.remaining < 0)
        with pytest.raises(LockLost):
            lock.may_write(0)


def test_a_lock_outlives_a_short_absence_of_redis(
    own_redis: RedisProcess, far: Locks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "LIFE", 4.0)
    with far.acquire("prod", "R-1") as lock:
        own_redis.kill()
        own_redis.restart()
        before = lock.remaining
        wait_until(lambda: lock.remaining > before)
        lock.may_write(0)
        assert far.holder("prod") == "R-1"


def test_what_went_wrong_inside_is_told_even_when_the_lock_cannot_be_given_back(
    own_redis: RedisProcess, far: Locks
) -> None:
    def kill_and_go_wrong() -> None:
        own_redis.kill()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), far.acquire("prod", "R-1"):
        kill_and_go_wrong()


def test_a_lock_that_was_never_entered_can_be_left(store: Store) -> None:
    lock = store.locks.acquire("prod", "R-1")
    lock.__exit__(None, None, None)
    assert isinstance(lock, Lock)
    assert store.locks.holder("prod") is None


def test_a_childs_lock_is_given_back_by_its_parent_and_by_nobody_else(store: Store) -> None:
    child = os.fork()
    if child == 0:
        store.locks.acquire("prod", "R-1")
        os._exit(0)
    os.waitpid(child, 0)
    assert store.locks.holder("prod") == "R-1"
    assert not store.locks.free("prod", child + 1)
    assert store.locks.free("prod", child)
    assert not store.locks.free("prod", child)
    with store.locks.acquire("prod", "R-2"):
        assert not store.locks.free("prod", child)


def test_a_lock_of_another_process_with_the_same_number_is_left_alone(store: Store) -> None:
    elsewhere = Locks(store.redis, token=lambda: f"elsewhere-{os.getpid()}-1")
    with elsewhere.acquire("prod", "R-1"):
        assert not store.locks.free("prod", os.getpid())


def test_an_earlier_attempts_lock_is_told_as_such(store: Store) -> None:
    with store.locks.acquire("prod", "R-1"), pytest.raises(Busy, match="an earlier attempt, which may still be"):
        store.locks.acquire("prod", "R-1")


def test_a_lock_that_went_before_its_time_is_lost_as_soon_as_that_is_looked_at(store: Store) -> None:
    with store.locks.acquire("prod", "R-1") as lock:
        lock.confirm()
        store.redis.delete(keys.lock("prod"))
        lock.may_write(1)
        with store.locks.acquire("prod", "R-2") as other:
            with pytest.raises(LockLost, match="was lost before its time"):
                lock.confirm()
            with pytest.raises(LockLost):
                lock.may_write(0)
            other.confirm()
