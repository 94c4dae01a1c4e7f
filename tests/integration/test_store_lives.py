"""Processes that ended are seen at once by others on their machine, and nobody else is taken for one of them."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import sentences
from workers.store import keys, lives, locks
from workers.store.consumer import consume
from workers.store.lives import has_ended, own_life
from workers.store.locks import Busy
from workers.store.store import Store
from workers.store.tasks import LOOKUP, Job

LOOK = Job(task="look", subject="L-1", mark="1")


Ready = Callable[[], None]
StartChild = Callable[[Callable[[Ready], None]], tuple[int, str]]


@pytest.fixture
def child() -> Iterator[StartChild]:
    """Starts a child that does something, says that it is ready, and stays; its id and its life."""
    started: list[int] = []

    def start(work: Callable[[Ready], None]) -> tuple[int, str]:
        mine, theirs = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                work(lambda: stay(theirs))
            finally:
                os._exit(1)
        started.append(pid)
        os.close(theirs)
        with os.fdopen(mine, "rb", buffering=0) as said:
            return pid, said.read(200).decode()

    yield start
    for pid in started:
        end(pid)


def stay(theirs: int) -> None:
    os.write(theirs, own_life().encode())
    time.sleep(600)


def end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        return


def nothing(ready: Ready) -> None:
    """What a child does that only lives."""
    ready()


def test_a_process_that_runs_has_not_ended(child: StartChild) -> None:
    assert not has_ended(own_life())
    pid, life = child(nothing)
    assert life != own_life()
    assert not has_ended(life)
    os.kill(pid, signal.SIGSTOP)
    assert not has_ended(life)


def test_one_that_was_killed_has_ended_before_and_after_its_parent_looks(child: StartChild) -> None:
    pid, life = child(nothing)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert has_ended(life)
    os.waitpid(pid, 0)
    assert has_ended(life)
    assert has_ended(f"{life}-and-more")


@pytest.mark.parametrize("error", [None, PermissionError()], ids=["not shown", "not allowed"])
def test_a_process_that_proc_hides_has_not_ended(
    child: StartChild, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    pid, life = child(nothing)

    assert own_life(), "where we are is known by then"

    def look(asked: int) -> None:
        assert asked == pid
        if error:
            raise error

    monkeypatch.setattr(lives, "look", look)
    assert not has_ended(life)
    end(pid)
    assert has_ended(life) is (error is None)


def test_where_the_proc_of_another_process_namespace_is_mounted_nobody_is_seen_to_end(
    child: StartChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid, life = child(nothing)
    end(pid)
    lives._place.cache_clear()
    monkeypatch.setattr(lives, "look", lambda _: None)
    try:
        assert lives._place() == lives._UNKNOWN
        assert not has_ended(life)
    finally:
        lives._place.cache_clear()


def test_another_process_with_the_same_id_is_another_one() -> None:
    place, pid, started = own_life().split("-")
    assert has_ended(f"{place}-{pid}-{int(started) - 1}")


def test_nothing_is_said_of_a_process_somewhere_else(child: StartChild, monkeypatch: pytest.MonkeyPatch) -> None:
    pid, life = child(nothing)
    end(pid)
    assert has_ended(life)
    _, _, rest = life.partition("-")
    assert not has_ended(f"0123456789ab-{rest}")
    lives._place.cache_clear()
    monkeypatch.setattr(os, "getuid", lambda: 12_345)
    try:
        assert not has_ended(life), "another user's processes may be hidden"
    finally:
        lives._place.cache_clear()


@given(st.one_of(st.text(), st.from_regex(r"[0-9a-f]{12}-[0-9]{1,30}-[0-9]{1,30}")))
def test_whatever_redis_says_nobody_is_taken_for_dead_by_it(text: str) -> None:
    assert not has_ended(text)


def test_the_lock_of_a_process_that_was_killed_is_free_at_once(store: Store, child: StartChild) -> None:
    pid, _ = child(partial(locked, store))
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(Busy) as caught:
        store.locks.acquire("prod", "R-2")
    sentences.check(caught.value)
    before = store.redis.get(keys.LOCK_NUMBER)
    end(pid)
    with store.locks.acquire("prod", "R-2") as lock:
        assert store.locks.holder("prod") == "R-2"
        assert lock.number == int(before or 0) + 1
        assert 0 < int(store.redis.pttl(keys.lock("prod"))) <= lock.life * 1000
    assert store.locks.holder("prod") is None


def test_while_a_fence_stands_the_lock_of_a_dead_process_lives_on(store: Store, child: StartChild) -> None:
    pid, _ = child(partial(locked, store))
    store.redis.set(keys.fence("prod"), "what it says is not looked at")
    end(pid)
    with pytest.raises(Busy) as caught:
        store.locks.acquire("prod", "R-2")
    assert caught.value.left > 0
    assert not store.locks.free("prod", pid)
    store.redis.delete(keys.fence("prod"))
    with store.locks.acquire("prod", "R-2"):
        assert store.locks.holder("prod") == "R-2"


def test_a_take_over_whose_answer_was_lost_is_one_all_the_same(store: Store) -> None:
    both = [keys.lock("prod"), keys.fence("prod")]
    store.redis.set(keys.lock("prod"), "dead")
    for _ in range(2):
        assert store.redis.eval(locks._TAKE_OVER, 2, *both, "dead", "living", 1_000) == 1
    assert store.redis.eval(locks._TAKE_OVER, 2, *both, "dead", "another", 1_000) == 0


def locked(store: Store, ready: Ready) -> None:
    store.redis.connection_pool.reset()  # a child must not speak over its parent's connection
    store.locks.acquire("prod", "R-1")
    ready()


def test_a_job_in_the_hands_of_a_worker_that_was_killed_is_lost_at_once(
    store: Store, child: StartChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(ready: Ready) -> None:
        store.redis.connection_pool.reset()
        monkeypatch.setattr("workers.jobs.look", lambda _: ready())
        consume(store.queues, LOOKUP, fork=False).work(burst=True, logging_level=None)

    pipe = store.redis.pipeline()
    store.queues.push(LOOK, pipe)
    pipe.execute()
    pid, _ = child(take)
    assert store.queues.is_alive(LOOK)
    assert not store.queues.is_between(LOOK)
    end(pid)
    assert not store.queues.is_alive(LOOK)
