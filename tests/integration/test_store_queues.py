"""Queues on a real Redis: what is signed runs, what is not does not, and a job is seen wherever it is."""

import json
import os
import pickle
import signal
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rq import SimpleWorker
from rq.exceptions import DeserializationError
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job as RqJob
from rq.job import JobStatus
from rq.registry import StartedJobRegistry

from tests import sentences
from tests.samples import KEYS
from workers.core.approval import KeyRing
from workers.core.errors import NotAuthentic
from workers.store.connection import WORKER
from workers.store.consumer import Hooks, consume
from workers.store.queues import ListedJob, SignedJson
from workers.store.store import Store
from workers.store.tasks import LOOKUP, QUEUES, REPLIES, TASKS, Job

LOOK = Job(task="look", subject="L-1", mark="1")
KEY = "rq:job:look-L-1-1"


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """RQ's workers set handlers and leave them."""
    names = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGUSR1)
    before = {name: signal.getsignal(name) for name in names}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids that the job function `look` was called with."""
    calls: list[str] = []
    monkeypatch.setattr("workers.jobs.look", calls.append)
    return calls


def push(store: Store, job: Job = LOOK) -> None:
    with store.redis.pipeline() as pipe:
        store.queues.push(job, pipe)
        pipe.execute()


def stored(store: Store, job: Job = LOOK) -> RqJob:
    return ListedJob.fetch(job.id, connection=store.redis, serializer=store.queues.serializer)


def burst(store: Store, queue: str = LOOKUP) -> None:
    worker = SimpleWorker(
        [store.queues.queue(queue)],
        connection=store.redis,
        job_class=ListedJob,
        serializer=store.queues.serializer,
    )
    worker.work(burst=True)


def test_a_job_carries_one_id_signed_and_its_tasks_settings(store: Store) -> None:
    push(store)
    payload = zlib.decompress(store.redis.hget(KEY, "data") or b"")  # type: ignore[arg-type]  # bytes, with this client
    signature, _, body = payload.partition(b".")
    assert json.loads(body) == ["workers.jobs.look", None, ["L-1"], {}]
    KEYS.verify(body, signature.decode())
    job = stored(store)
    assert (job.origin, job.timeout, job.description) == (LOOKUP, TASKS["look"].timeout, "look-L-1-1")
    assert store.redis.exists(store.queues.key(LOOK))


def test_nothing_is_pushed_before_the_transaction_is_carried_out(store: Store) -> None:
    with store.redis.pipeline() as pipe:
        store.queues.push(LOOK, pipe)
    assert not store.redis.keys("rq:job:*")
    assert not store.queues.is_alive(LOOK)


def test_a_worker_runs_what_was_pushed_in_order(store: Store, ran: list[str]) -> None:
    for number in (1, 2, 3):
        push(store, Job(task="look", subject=f"L-{number}", mark="1"))
    burst(store)
    assert ran == ["L-1", "L-2", "L-3"]
    assert stored(store).get_status() is JobStatus.FINISHED
    assert 0 < int(store.redis.ttl(KEY)) <= 60


@pytest.mark.parametrize("fork", [False, True], ids=["staying", "forking"])
def test_a_consumer_runs_what_was_pushed_and_beats(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fork: bool
) -> None:
    note = tmp_path / "ran"
    beats: list[int] = []
    monkeypatch.setattr("workers.jobs.look", note.write_text)
    push(store)
    consume(store.queues, LOOKUP, fork=fork, hooks=Hooks(on_heartbeat=lambda: beats.append(1))).work(burst=True)
    assert note.read_text() == "L-1"
    assert stored(store).get_status(refresh=True) is JobStatus.FINISHED
    assert beats


def test_a_child_whose_worker_died_as_it_was_forked_does_nothing(store: Store) -> None:
    push(store)
    consumer = consume(store.queues, LOOKUP, fork=True)
    consumer._own = os.getppid()
    child = os.fork()
    if child == 0:
        store.redis.connection_pool.reset()
        consumer.main_work_horse(stored(store), store.queues.queue(LOOKUP))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    assert stored(store).get_status() is JobStatus.QUEUED


def test_a_consumers_long_waits_do_not_make_the_store_wait_longer(store: Store) -> None:
    consumer = consume(store.queues, LOOKUP, fork=True)
    assert consumer.connection.connection_pool.connection_kwargs["socket_timeout"] > WORKER.timeout
    assert store.redis.connection_pool.connection_kwargs["socket_timeout"] == WORKER.timeout


FOREIGN = KeyRing((b"somebody else's key",))
BODY = json.dumps(["workers.jobs.look", None, ["L-2"], {}]).encode()
SIGNED = KEYS.sign(BODY).encode()
FORGED = {
    "nothing": b"",
    "only a dot": b".",
    "no signature": BODY,
    "an empty signature": b"." + BODY,
    "somebody else's signature": FOREIGN.sign(BODY).encode() + b"." + BODY,
    "the signature of another body": KEYS.sign(b"[]").encode() + b"." + BODY,
    "a changed body": SIGNED + b"." + BODY.replace(b"L-2", b"L-3"),
    "a longer body": SIGNED + b"." + BODY + b" ",
    "a signature that is no text": b"\xff\xfe" * 32 + b"." + BODY,
    "a pickle": pickle.dumps(("os.system", None, ("true",), {})),
}


@pytest.mark.parametrize("payload", FORGED.values(), ids=FORGED)
def test_a_forged_payload_is_refused(payload: bytes) -> None:
    with pytest.raises(NotAuthentic) as caught:
        SignedJson(KEYS).loads(payload)
    sentences.check(caught.value)


@pytest.mark.parametrize("payload", FORGED.values(), ids=FORGED)
def test_a_worker_fails_a_forged_job_and_goes_on_with_the_next(store: Store, ran: list[str], payload: bytes) -> None:
    push(store)
    store.redis.hset(KEY, "data", payload)
    push(store, Job(task="look", subject="L-9", mark="1"))
    burst(store)
    assert ran == ["L-9"]
    assert stored(store).get_status() is JobStatus.FAILED
    if payload:
        with pytest.raises(DeserializationError) as caught:
            assert stored(store).args
        assert isinstance(caught.value.__cause__, NotAuthentic)


def test_what_an_older_key_signed_still_runs(store: Store, ran: list[str]) -> None:
    push(store)
    rotated = Store.open(store.redis, KeyRing((b"new", *KEYS.keys)))
    burst(rotated)
    assert ran == ["L-1"]


UNLISTED: dict[str, list[Any]] = {
    "os.system": ["os.system", None, ["true"], {}],
    "a function beside those on the list": ["workers.jobs.runtime", None, [], {}],
    "the module of those on the list": ["workers.jobs", None, [], {}],
    "a method of an instance": ["workers.jobs.look", "text", [], {}],
    "a method that is named like a function": ["upper", "text", [], {}],
    "nothing": [None, None, [], {}],
}


@pytest.mark.parametrize("call", UNLISTED.values(), ids=UNLISTED)
def test_not_even_a_signed_job_runs_what_is_not_on_the_list(store: Store, ran: list[str], call: list[Any]) -> None:
    push(store)
    store.redis.hset(KEY, "data", store.queues.serializer.dumps(call))
    with pytest.raises(NotAuthentic, match="names a function that regclean never runs") as caught:
        stored(store).func  # noqa: B018 - a property that raises
    sentences.check(caught.value)
    burst(store)
    assert ran == []
    assert stored(store).get_status() is JobStatus.FAILED


def explode(*_: object) -> None:
    raise AssertionError("a callback ran")


def test_callbacks_that_somebody_wrote_into_a_job_are_not_there(
    store: Store, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    push(store)
    monkeypatch.setattr("workers.jobs.plan", explode)
    for name in ("success", "failure", "stopped"):
        store.redis.hset(KEY, f"{name}_callback_name", "workers.jobs.plan")
    hook: dict[str, Any] = {
        "url": "http://127.0.0.1:1/",
        "job_status": "finished",
        "secret": None,
        "timeout": 1,
        "headers": {},
    }
    store.redis.hset(KEY, "webhooks", json.dumps([hook]))
    job = stored(store)
    assert (job.success_callback, job.failure_callback, job.stopped_callback) == (None, None, None)
    assert job.webhooks == []
    burst(store)
    assert ran == ["L-1"]
    assert stored(store).get_status() is JobStatus.FINISHED


def test_a_job_restored_from_text_keys_has_no_callbacks_either(store: Store) -> None:
    push(store)
    raw: Any = store.redis.hgetall(KEY)
    job = stored(store)
    job.restore({key.decode(): value for key, value in raw.items()} | {"success_callback_name": b"os.system"})
    assert job.success_callback is None


PLACES: dict[str, tuple[Callable[[Store], Any], bool]] = {
    "nowhere": (lambda store: store.redis.delete("rq:queue:lookup"), False),
    "in its queue": (lambda _: None, True),
    "on its way to a worker": (
        lambda store: store.redis.lmove("rq:queue:lookup", "rq:queue:lookup:intermediate", "RIGHT", "LEFT"),
        True,
    ),
    "in the hands of a worker": (lambda store: held(store, "look-L-1-1:abc", time.time() + 60), True),
    "in the hands of a dead one": (lambda store: held(store, "look-L-1-1:abc", time.time() - 1), False),
    "in dead hands and in living ones": (
        lambda store: held(store, "look-L-1-1:abc", time.time() - 1) + held(store, "look-L-1-1:x", time.time() + 60),
        True,
    ),
    "only another attempt in hands": (lambda store: held(store, "look-L-1-11:abc", time.time() + 60), False),
    "only in another queue": (
        lambda store: store.redis.rename("rq:queue:lookup", "rq:queue:clean"),
        False,
    ),
}


def held(store: Store, execution: str, until: float) -> int:
    store.redis.delete("rq:queue:lookup")
    return int(store.redis.zadd("rq:wip:lookup", {execution: until}) or 0)


@pytest.mark.parametrize(("put", "alive"), PLACES.values(), ids=PLACES)
def test_a_job_is_seen_where_it_is(store: Store, put: Callable[[Store], Any], alive: bool) -> None:
    push(store)
    put(store)
    assert store.queues.is_alive(LOOK) is alive


def test_a_job_that_was_taken_and_not_begun_is_between(store: Store) -> None:
    push(store)
    assert not store.queues.is_between(LOOK)
    store.redis.lmove("rq:queue:lookup", "rq:queue:lookup:intermediate", "RIGHT", "LEFT")
    assert store.queues.is_between(LOOK)
    held(store, "look-L-1-1:abc", time.time() + 60)
    assert not store.queues.is_between(LOOK)


def test_rq_puts_jobs_where_they_are_looked_for(store: Store) -> None:
    for name in QUEUES:
        queue = store.queues.queue(name)
        assert queue.key == f"rq:queue:{name}"
        assert IntermediateQueue.get_intermediate_queue_key(queue.key) == f"rq:queue:{name}:intermediate"
        assert StartedJobRegistry(queue=queue).key == f"rq:wip:{name}"


def test_a_job_is_alive_while_it_runs_and_not_after(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    monkeypatch.setattr("workers.jobs.look", lambda _: seen.append(store.queues.is_alive(LOOK)))
    push(store)
    consume(store.queues, LOOKUP, fork=False).work(burst=True)
    assert seen == [True]
    assert not store.queues.is_alive(LOOK)


def test_a_job_that_fails_is_not_alive_and_stays_to_be_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.jobs.look", explode)
    push(store)
    burst(store)
    assert not store.queues.is_alive(LOOK)
    job = stored(store)
    assert job.get_status() is JobStatus.FAILED
    result = job.latest_result()
    assert result
    assert "AssertionError: a callback ran" in str(result.exc_string)


def test_every_task_has_a_queue_that_somebody_works_on() -> None:
    assert {task.queue for task in TASKS.values()} == set(QUEUES)
    assert all(task.queue == REPLIES for task in TASKS.values() if task.function.startswith("bot."))


@pytest.mark.parametrize("task", TASKS)
def test_rq_takes_every_jobs_id(store: Store, task: str) -> None:
    job = Job(task=task, subject="r-7k3m9q2x", mark="12")
    push(store, job)
    assert store.queues.is_alive(job)
