"""Which signing keys the processes hold, as they tell it over a real Redis."""

import time
from pathlib import Path

import pytest

from cli.announcing import Announcer, beating
from demo.parts.processes import wait_until
from demo.parts.redis import RedisProcess
from tests.bench import KEY, document
from tests.crew import Crew
from tests.samples import KEYS
from workers.core.approval import KeyRing
from workers.store import keys
from workers.store.connection import LISTENER, WORKER, connect
from workers.store.key_marks import LIFE, PROCESSES, KeyMarks
from workers.store.store import Store
from workers.store.tasks import QUEUES

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def marks(store: Store) -> KeyMarks:
    return KeyMarks(store.redis)


def test_a_fingerprint_tells_keys_apart_in_eight_digits() -> None:
    old, new = KeyRing((OLD,)).ids, KeyRing((NEW,)).ids
    assert old != new
    assert KeyRing((NEW, OLD)).ids == new + old
    assert all(len(each) == 8 and set(each) <= set("0123456789abcdef") for each in old + new)


def test_processes_of_a_kind_with_the_same_keys_tell_one_thing(marks: KeyMarks) -> None:
    for _ in range(3):
        marks.tell("bot", KeyRing((OLD,)))
    assert marks.told("bot") == [KeyRing((OLD,)).ids]
    assert marks.told("sweep") == []


def test_processes_of_a_kind_with_different_keys_are_both_heard(marks: KeyMarks) -> None:
    marks.tell("bot", KeyRing((OLD,)))
    marks.tell("bot", KeyRing((NEW, OLD)))
    assert sorted(marks.told("bot")) == sorted([KeyRing((OLD,)).ids, KeyRing((NEW, OLD)).ids])


def test_what_an_ended_process_told_is_forgotten(store: Store, marks: KeyMarks) -> None:
    marks.tell("bot", KeyRing((OLD,)))
    store.redis.zadd(keys.key_marks("bot"), {",".join(KeyRing((OLD,)).ids): time.time() - LIFE - 1})
    marks.tell("bot", KeyRing((NEW,)))
    assert marks.told("bot") == [KeyRing((NEW,)).ids]
    assert 0 < store.redis.ttl(keys.key_marks("bot")) <= LIFE
    assert store.redis.zcard(keys.key_marks("bot")) == 1


def test_every_queue_of_registries_has_its_process_among_those_that_tell() -> None:
    assert set(PROCESSES) == {"bot", "replies", "sweep", "worker-lookup", "worker-clean", "worker-gc"}
    assert {f"worker-{queue}" for queue in QUEUES if queue != "replies"} <= set(PROCESSES)


def test_a_beating_process_is_heard_at_once_and_survives_a_redis_that_is_away(own_redis: RedisProcess) -> None:
    redis = connect(own_redis.url, LISTENER)
    with beating(Announcer.over(redis, "bot", KEYS)):
        assert wait_until(lambda: bool(KeyMarks(redis).told("bot")), seconds=5)
    own_redis.stop()
    announcer = Announcer.over(redis, "bot", KEYS)
    began = time.monotonic()
    announcer.beat()
    assert time.monotonic() - began < 2
    own_redis.restart()
    redis.close()


def test_a_beat_tells_only_now_and_then(store: Store, marks: KeyMarks) -> None:
    announcer = Announcer.over(store.redis, "bot", KEYS)
    announcer.beat()
    store.redis.delete(keys.key_marks("bot"))
    announcer.beat()
    assert marks.told("bot") == []


def test_each_process_of_the_workers_room_tells_its_keys_when_it_starts(redis_url: str, tmp_path: Path) -> None:
    room = ("worker-lookup", "worker-clean", "worker-gc", "sweep")
    nowhere = {"name": "sample", "url": "http://127.0.0.1:9", "plain_http": True}
    marks = KeyMarks(connect(redis_url, WORKER))
    with Crew(tmp_path / "crew", document(nowhere), redis_url) as crew:
        for process in room:
            crew.start(*process.split("-"))
        assert wait_until(lambda: all(marks.told(process) for process in room), seconds=30)
    assert [marks.told(process) for process in room] == [[KeyRing((KEY,)).ids]] * len(room)
