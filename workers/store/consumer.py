"""Consumers: RQ workers as regclean runs them, one queue each, with settings under which killed jobs survive.

Whoever works long or with the registry's collector forks; who answers people or only reads stays in its process.
"""

import ctypes
import os
import secrets
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker, Worker
from rq.executions import Execution
from rq.job import Job
from rq.worker.base import BaseWorker

from workers.core.errors import RegcleanError
from workers.store import tracing
from workers.store.connection import beside, impatient
from workers.store.context import about
from workers.store.lives import own_life
from workers.store.meter import METER
from workers.store.metrics import JOBS
from workers.store.queues import ListedJob, Queues
from workers.store.stopping import STOP_SOON, listen, stop_soon
from workers.store.tracing import Kind, Opening

_BEAT: Final = 5
_LIFE: Final = 20
"""Seconds after its last heartbeat for which a job counts as being worked on."""
_PR_SET_PDEATHSIG: Final = 1
_SPANS_WITHIN: Final = 2.0
"""Seconds that a child waits for the receiver of its spans, once its job is done."""

_log = structlog.get_logger(__name__)


def _perform(perform: Callable[[], bool], job: Job, redis: Redis) -> bool:
    """Whether the job succeeded; what it counted is in Redis before its process may end."""
    with METER.adding(redis), tracing.work(_opening(job)) as span:
        succeeded = perform()
        METER.count(JOBS, job.id.partition("-")[0], "done" if succeeded else "failed")
        if not succeeded:
            span.fail("failed")
    return succeeded


def _opening(job: Job) -> Opening:
    """The span of a job: each of its runs continues the trace in which it was enqueued."""
    facts = {
        "messaging.system": "rq",
        "messaging.operation.type": "process",
        "messaging.destination.name": job.origin,
        "messaging.message.id": job.id,
    }
    parent = job.traceparent if isinstance(job, ListedJob) else None
    return Opening(name=f"job {job.id.partition('-')[0]}", kind=Kind.CONSUMER, facts=facts, parent=parent, root=True)


class _Leaving(BaseWorker):
    """Says goodbye to Redis at most once: a process that was told to stop must not wait for one that is away."""

    def teardown(self) -> None:
        self.connection = impatient(self.connection)
        try:
            super().teardown()  # type: ignore[no-untyped-call]  # RQ is only partly annotated
        except RedisError as error:
            # What it left there runs out by itself.
            _log.warning("consumer.left_without_goodbye", error=type(error).__name__)


class ForkingConsumer(_Leaving, Worker):
    """Runs each job in a child that dies with it: a killed worker must not leave a second runner behind."""

    _own: int = 0
    """The worker's process id, as it was before the fork."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        self._own = os.getpid()
        with about(job=job.id):
            super().execute_job(job, queue)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self._own:
            os._exit(1)  # the worker died before the kernel was told
        super().main_work_horse(job, queue)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        try:
            return _perform(partial(super().perform_job, job, queue, execution), job, self.connection)
        finally:
            tracing.flush(_SPANS_WITHIN)  # this child ends without a word

    def setup_work_horse_signals(self) -> None:
        super().setup_work_horse_signals()  # type: ignore[no-untyped-call]  # RQ is only partly annotated
        listen()

    def handle_warm_shutdown_request(self) -> None:
        """Told to stop: the child ends its step, hands its job over, and goes."""
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]  # as above
        if self.horse_pid:
            os.kill(self.horse_pid, STOP_SOON)

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        del job, working_time
        return _LIFE


class StayingConsumer(_Leaving, SimpleWorker):
    """Runs each job in its own process, and beats while it does."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        execution = self.prepare_execution(job)
        with about(job=job.id), self._beating(job, execution):
            self.perform_job(job, queue, execution)
        self.set_state("idle")

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        return _perform(partial(super().perform_job, job, queue, execution), job, self.connection)

    @contextmanager
    def _beating(self, job: Job, execution: Execution) -> Iterator[None]:
        done = threading.Event()

        def beat() -> None:
            while not done.wait(_BEAT):
                self.maintain_heartbeats(job, execution)

        thread = threading.Thread(target=beat, daemon=True, name="heartbeat")
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def handle_warm_shutdown_request(self) -> None:
        super().handle_warm_shutdown_request()  # type: ignore[no-untyped-call]  # as above
        stop_soon()

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        del job, working_time
        return _LIFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What a consumer tells: each heartbeat, and each child that was killed, by its record's id and its process id."""

    on_heartbeat: Callable[[], None] | None = None
    on_killed: Callable[[str, int], None] | None = None


def consume(queues: Queues, name: str, *, fork: bool, hooks: Hooks = Hooks()) -> Any:
    """A consumer of one queue, ready to `work()`. Two queues on one worker were seen to lose jobs."""
    kind = ForkingConsumer if fork else StayingConsumer
    made = kind(
        [queues.queue(name)],
        name=f"{own_life()}-{secrets.token_hex(4)}",
        connection=beside(queues.redis),  # RQ lets its connections wait for minutes; the store's must not
        job_class=ListedJob,
        serializer=queues.serializer,
        job_monitoring_interval=_BEAT,
        maintenance_interval=_BEAT,
        worker_ttl=_LIFE,
        log_job_description=False,
        work_horse_killed_handler=_killed_handler(hooks),
    )
    if hooks.on_heartbeat:
        _beat_also(made, hooks.on_heartbeat)
    return made


def _beat_also(consumer: BaseWorker, on_heartbeat: Callable[[], None]) -> None:
    beat = consumer.heartbeat

    def heartbeat(*args: Any, **kwargs: Any) -> None:
        beat(*args, **kwargs)
        on_heartbeat()

    consumer.heartbeat = heartbeat  # type: ignore[method-assign]


def _killed_handler(hooks: Hooks) -> Callable[[Job, int | None, int | None, Any], None]:
    def handle(job: Job, pid: int | None, *_: Any) -> None:
        if pid is None or hooks.on_killed is None:
            return
        try:
            hooks.on_killed(job.args[0], pid)
        except RegcleanError as error:
            _log.warning("child.killed", job=job.id, error=error.sentence)

    return handle
