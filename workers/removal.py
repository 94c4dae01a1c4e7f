"""Removal: an approved request to remove, carried out in slices, each a job of its own."""

import asyncio
import time
from dataclasses import dataclass

from workers.core.choosing import Policy
from workers.core.deciding import untagging
from workers.core.errors import BadRecord, NotAuthentic, RegcleanError, RegistryError
from workers.core.outcome import Tally
from workers.core.plan import Plan, Untagging
from workers.core.request import Request, State
from workers.ending import approved_plan, distrust, end, give_up, lock_for, put_off, take_up
from workers.executor import Executor, LeftOver, Work
from workers.guard import Halt
from workers.planning import go_on
from workers.recorder import Recorder
from workers.registries.distribution import Registry
from workers.runtime import Runtime
from workers.store.locks import Lock
from workers.store.stopping import stopping
from workers.store.tasks import SLICE


class NotAble(RegcleanError):  # noqa: N818 - the tree is named by what happened
    """The registry cannot delete any more."""


def execute_request(runtime: Runtime, request_id: str) -> None:
    """Work on an approved request until it ends or this attempt's time is up; whatever happens is told."""
    request = runtime.store.ledger.load(request_id)
    if request.state not in {State.APPROVED, State.RUNNING}:
        return
    found = approved_plan(runtime, request)
    lock = lock_for(runtime, request) if found else None
    if found is None or lock is None:
        return
    with lock:
        started = take_up(runtime, request_id)
        if isinstance(started, Request):
            _Attempt(runtime, started, found[0], lock).run()


@dataclass(frozen=True, slots=True)
class _Attempt:
    runtime: Runtime
    request: Request
    plan: Plan
    lock: Lock

    def run(self) -> None:
        try:
            finished = asyncio.run(self._work())
        except Halt as halt:
            if halt.state:
                end(self.runtime, self.request.id, halt.state, halt.why)
        except (NotAuthentic, BadRecord) as error:
            distrust(self.runtime, self.request.id, error)
        except LeftOver as error:
            end(self.runtime, self.request.id, State.FAILED, error.sentence)
        except NotAble as error:
            give_up(self.runtime, self.request.id, error.sentence)
        except RegistryError as error:
            if not (error.retryable and put_off(self.runtime, self.request, error)):
                give_up(self.runtime, self.request.id, error.sentence)
        else:
            if finished:
                self._finish()
            else:
                go_on(self.runtime, self.request.id)

    async def _work(self) -> bool:
        settings = self.runtime.config.registry(self.request.registry)
        journal = self.runtime.store.journal
        deadline = time.monotonic() + SLICE
        self.runtime.store.touched.add(self.request.registry, {step.repository for step in self.plan.steps})
        async with (
            self.runtime.registry(settings, self.lock.sure) as registry,
            Recorder(journal, self.request.id) as recorder,
        ):
            work = Work(
                request=self.request,
                plan=self.plan,
                settings=settings,
                untagging=await self._untagging(registry),
                placeholders=journal.placeholders(self.request.id),
                begun_over_at=self.lock.since + settings.timeout,
            )
            executor = Executor(
                work=work,
                registry=registry,
                store=self.runtime.store,
                recorder=recorder,
                out_of_time=lambda: stopping() or time.monotonic() > deadline,
            )
            return await executor.run(journal.outcomes(self.request.id))

    async def _untagging(self, registry: Registry) -> Untagging | None:
        """How a single tag comes off now; raises NotAble when the registry no longer deletes at all."""
        settings = self.runtime.config.registry(self.request.registry)
        abilities = await registry.abilities(self.plan.steps[0].repository)
        if not abilities.delete:
            raise NotAble(abilities.why_not)
        return untagging(abilities, Policy(untag=settings.untag))

    def _finish(self) -> None:
        tally = self.runtime.store.journal.tally(self.request.id)
        end(self.runtime, self.request.id, _final(tally))


def _final(tally: Tally) -> State:
    if tally.failed:
        return State.FAILED
    return State.DONE if tally.done else State.STALE
