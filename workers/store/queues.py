"""Queues: jobs in RQ whose payload is signed JSON, and which run only functions on the list."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from redis import Redis
from redis.client import Pipeline
from rq import Queue
from rq.job import Job as RqJob
from rq.job import Retry
from rq.utils import import_attribute, str_to_date

from workers.core.approval import KeyRing
from workers.core.errors import NotAuthentic
from workers.core.traceparent import Traceparent
from workers.store import tracing
from workers.store.connection import asking
from workers.store.lives import has_ended
from workers.store.tasks import FUNCTIONS, QUEUES, TASKS, Job

_FINISHED_TTL: Final = 60
_FAILED_TTL: Final = 7 * 86_400
_TRACEPARENT: Final = "traceparent"


class SignedJson:
    """A serializer for RQ: an HMAC in hex, a dot, and JSON. Pickle in Redis would be code execution."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self.__qualname__ = type(self).__qualname__  # a worker names its serializer, as if it were always a class

    def dumps(self, data: Any, /) -> bytes:
        body = json.dumps(data).encode()
        return self._keys.sign(body).encode() + b"." + body

    def loads(self, data: bytes, /) -> Any:
        """Raises NotAuthentic for what was not signed with a known key."""
        signature, _, body = data.partition(b".")
        self._keys.verify(body, signature.decode("ascii", "replace"))
        return json.loads(body)


class ListedJob(RqJob):
    """A job that runs nothing but the functions in TASKS, and carries no callbacks, whatever Redis says."""

    @property
    def func(self) -> Callable[..., Any]:
        name = self.func_name
        if name not in FUNCTIONS or self.instance is not None:
            raise NotAuthentic(f"The job {self.id} names a function that regclean never runs; it was left alone.")
        return import_attribute(name)

    @property
    def traceparent(self) -> Traceparent | None:
        """Where it was enqueued; signed as all of a job is, and yet perhaps another job's, so it is only followed."""
        meta: object = self.meta
        return Traceparent.parse(meta.get(_TRACEPARENT)) if isinstance(meta, dict) else None

    def restore(self, raw_data: Any) -> Any:
        callbacks = {b"success_callback_name", b"failure_callback_name", b"stopped_callback_name", b"webhooks"}
        kept = {key: value for key, value in raw_data.items() if _bytes(key) not in callbacks}
        return super().restore(kept)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _moment(stored: bytes | str | None) -> datetime | None:
    """None also for a job that was taken from its queue between two looks."""
    return str_to_date(stored) if stored else None


def _bytes(key: bytes | str) -> bytes:
    return key.encode() if isinstance(key, str) else key


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How many jobs wait, how many are worked on, and since when the oldest of those that wait does."""

    waiting: int
    working: int
    since: datetime | None


class Queues:
    """Puts jobs in queues as part of a transaction, and sees whether they are still there."""

    def __init__(self, redis: Redis, keys: KeyRing) -> None:
        self.redis = redis
        self.serializer = SignedJson(keys)
        # Kept, since each of them asks Redis for its version before its first job.
        self._queues = {
            name: Queue(name, connection=redis, serializer=self.serializer, job_class=ListedJob) for name in QUEUES
        }

    def queue(self, name: str) -> Queue:
        return self._queues[name]

    def key(self, job: Job) -> str:
        """The key whose existence says that the id is taken."""
        return ListedJob.key_for(job.id)

    def push(self, job: Job, pipe: Pipeline) -> None:
        """Add the commands that enqueue `job` to a pipeline that is past MULTI."""
        task = TASKS[job.task]
        queue = self.queue(task.queue)
        made = queue.create_job(
            task.function,
            args=(job.subject,),
            job_id=job.id,
            timeout=task.timeout,
            result_ttl=_FINISHED_TTL,
            failure_ttl=_FAILED_TTL,
            description=job.id,
            retry=Retry(max=task.retries) if task.retries else None,
            meta={_TRACEPARENT: str(here)} if (here := tracing.current()) else None,
        )
        queue.enqueue_job(made, pipeline=pipe)

    @asking()
    def backlog(self, name: str) -> Backlog:
        """How much there is to do in a queue, read without changing anything."""
        pipe = self.redis.pipeline(transaction=False)
        pipe.llen(f"rq:queue:{name}")
        pipe.lindex(f"rq:queue:{name}", 0)
        pipe.zcount(f"rq:wip:{name}", time.time(), "+inf")
        waiting, oldest, working = pipe.execute()
        since = self.redis.hget(ListedJob.key_for(_text(oldest)), "enqueued_at") if oldest else None
        return Backlog(waiting=waiting, working=working, since=_moment(since))

    @asking()
    def subjects(self, task: str) -> frozenset[str]:
        """The records for which a job of this task waits in its queue."""
        waiting = self.redis.lrange(f"rq:queue:{TASKS[task].queue}", 0, -1)
        return frozenset(
            _text(each).removeprefix(f"{task}-").rpartition("-")[0]
            for each in waiting
            if _text(each).startswith(f"{task}-")
        )

    @asking()
    def is_alive(self, job: Job) -> bool:
        """Whether a job waits in its queue, is on its way to a worker, or is in the hands of one.

        Reads the lists themselves: RQ's own counters clean up while they count. A hand whose heartbeat ran out is dead,
        and so is one that was seen to have ended.
        """
        name = TASKS[job.task].queue
        waiting = self.redis.lpos(f"rq:queue:{name}", job.id) is not None
        return waiting or self._is_on_its_way(job) or self._is_held(job)

    @asking()
    def is_between(self, job: Job) -> bool:
        """Whether a worker took it from its queue and has not begun it: for a moment, or for good if it died there."""
        return self._is_on_its_way(job) and not self._is_held(job)

    def _is_on_its_way(self, job: Job) -> bool:
        return self.redis.lpos(f"rq:queue:{TASKS[job.task].queue}:intermediate", job.id) is not None

    def _is_held(self, job: Job) -> bool:
        working = self.redis.zscan_iter(f"rq:wip:{TASKS[job.task].queue}", match=f"{job.id}:*")
        return any(expiry > time.time() and not self._has_ended(_text(held)) for held, expiry in working)

    def _has_ended(self, execution: str) -> bool:
        """Whether the worker of an execution ran on this machine, and is gone."""
        worker = self.redis.hget(f"rq:execution:{execution}", "worker_name")
        return worker is not None and has_ended(_text(worker))
