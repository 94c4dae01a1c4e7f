"""Collecting: an approved collection, inside a fence that is written down before it stands and proved to be lifted."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from workers.config import RegistrySettings
from workers.core.audit import Event, Happened
from workers.core.collection import outside
from workers.core.damage import Damage
from workers.core.errors import CollectorError, NotAuthentic, RegcleanError, RegistryError, Unavailable
from workers.core.plan import Collection, Plan
from workers.core.request import Request, State
from workers.ending import approved_plan, end, lock_for, take_up
from workers.fencing import Fencing
from workers.gc.runner import Runner
from workers.guard import Halt, check_halted, check_request
from workers.inspection import Marked
from workers.runtime import Runtime
from workers.store import collected, tracing
from workers.store.ledger import Telling
from workers.store.locks import Lock
from workers.verification import Scope, Verified, verify


def collect_request(runtime: Runtime, request_id: str) -> None:
    """Carry out an approved collection; whatever happens ends with the registry writable, or people alerted."""
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
            _run(runtime, started, found[0], lock)


def _run(runtime: Runtime, request: Request, plan: Plan, lock: Lock) -> None:
    settings = runtime.config.registry(request.registry)
    runner = runtime.runner(settings)
    if runner is None or plan.collection is None:
        end(runtime, request.id, State.FAILED, f"{request.registry} has no gc runner in the configuration any more.")
        return
    fencing = Fencing(runtime, settings, runner, lock)
    collecting = Collecting(runtime, request, plan.collection, settings, runner, fencing, plan.damage)
    try:
        ending = collecting.inside_fence()
    except Halt as halt:
        ending = Ending(halt.state or State.FAILED, halt.why)
    except Unavailable:
        raise  # Redis or the lock is gone: the sweeper mends the fence, and another attempt goes on
    except (RegcleanError, OSError) as error:
        ending = Ending(State.FAILED, error.sentence if isinstance(error, RegcleanError) else str(error))
    collecting.finish(ending)


_NAMED: Final = 5
_LISTED: Final = 200
"""Damaged images in an audit entry; entries are kept for good."""


@dataclass(frozen=True, slots=True)
class Ending:
    """`marked` is what the collector kept."""

    state: State
    why: str = ""
    freed: int | None = None
    marked: Marked = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collecting:
    """One attempt at a collection; `approved` is what people said yes to, `damage` what they knew to be damaged."""

    runtime: Runtime
    request: Request
    approved: Collection
    settings: RegistrySettings
    runner: Runner
    fencing: Fencing
    damage: Sequence[Damage] = ()

    def inside_fence(self) -> Ending:
        """Fence, compare, collect, and clear away; raises CollectorError or RegistryError, and the fence stands."""
        self.fencing.mend_own(self.request.id)
        self._check()
        self.fencing.raise_for(self.request.id)
        self._tell(Event.of(Happened.FENCED, registry=self.request.registry))
        moved = self._moved()
        if moved:
            return Ending(State.STALE, moved)
        self._check()
        with tracing.step("collect"):
            report = self.runner.collect(self.fencing.note_collector, self.request.id)
        self._remove_emptied()
        freed = self._freed()
        self._tell_collected(len(report.eligible_blobs), freed)
        return Ending(State.DONE, freed=freed, marked=report.marked_manifests)

    def _tell_collected(self, blobs: int, freed: int | None) -> None:
        event = Event.of(Happened.COLLECTED, blobs=blobs, size=self.approved.size, freed=freed)
        now = self.runtime.store.clock()
        telling = Telling([event], lambda pipe: collected.collected(pipe, self.request, now))
        self.runtime.store.ledger.tell_of(self.request.id, lambda _: telling)

    def _tell_removals(self) -> None:
        """Let the cards of removals say that what they took was collected, and offer it no more."""
        store = self.runtime.store
        for request_id in store.collected.untold(self.request):
            store.ledger.tell(request_id, [Event.of(Happened.COLLECTED, by=self.request.id)])
            store.collected.told(self.request.registry, request_id)

    def _check(self) -> None:
        store = self.runtime.store
        check_request(store.ledger.load(self.request.id), store.clock())
        check_halted(store.anchors.halted())

    @tracing.step("dry run")
    def _moved(self) -> str:
        """Why the approval no longer covers what a collection would take; empty when it does."""
        report = self.runner.dry_run()
        more = outside(frozenset(self.approved.eligible), report.eligible_blobs)
        if not more:
            return ""
        return (
            f"{len(more)} blobs more than approved would go now, for example {min(more)}, so nothing was collected; "
            "plan again."
        )

    @tracing.step("remove emptied")
    def _remove_emptied(self) -> None:
        storage = self.runner.storage
        if self.approved.emptied and storage and storage.writable:
            self.fencing.still_ours()
            storage.remove_repositories(self.approved.emptied, self.runtime.store.clock())

    def _freed(self) -> int | None:
        """Bytes measured on the storage: what was approved to go, less what is still there."""
        storage = self.runner.storage
        if storage is None or self.approved.size is None:
            return None
        return self.approved.size - storage.blob_sizes(self.approved.eligible).total

    def finish(self, ending: Ending) -> None:
        """Lift the fence, whatever happened, verify what stayed, and end the request."""
        try:
            lifted = self.fencing.lift()
        except (CollectorError, RegistryError, NotAuthentic) as error:
            why = self.fencing.left_standing(error)
            self._tell(Event.of(Happened.ALERT, why=why))
            self._tell_removals()
            whole = " ".join(filter(None, [ending.why, why]))
            end(self.runtime, self.request.id, State.FAILED, whole, freed=ending.freed)
            return
        if lifted:
            self._tell(Event.of(Happened.UNFENCED, registry=self.request.registry))
        self._tell_removals()
        if ending.state is State.DONE:
            ending = self._verified(ending)
        end(self.runtime, self.request.id, ending.state, ending.why, freed=ending.freed)

    @tracing.step("verify")
    def _verified(self, ending: Ending) -> Ending:
        touched = self.runtime.store.touched.load(self.settings.name)
        scope = Scope(storage=self.runner.storage, marked=ending.marked, touched=touched)
        try:
            found = asyncio.run(verify(self.runtime, self.settings, scope))
        except RegcleanError as error:
            why = f"Collected, but what stayed could not be verified: {error.sentence}"
            self._tell(Event.of(Happened.ALERT, why=why))
            return replace(ending, state=State.FAILED, why=why)
        self._tell(_told(found))
        known = {each.what for each in self.damage}
        new = [each for each in found.damage if each.what not in known]
        if not new:
            self.runtime.store.touched.clear(self.settings.name, found.done)
            return replace(ending, why=f"Not verified: {'; '.join(found.left)}." if found.left else "")
        more = f", and {len(new) - _NAMED:,} more" if len(new) > _NAMED else ""
        noun = "image that stayed is" if len(new) == 1 else "images that stayed are"
        named = ", ".join(map(str, new[:_NAMED]))
        why = f"Collected, but {len(new):,} {noun} damaged: {named}{more}. Push what is damaged again, or restore it."
        self._tell(Event.of(Happened.ALERT, why=why, damage=[str(each) for each in new[:_LISTED]]))
        return replace(ending, state=State.FAILED, why=why)

    def _tell(self, event: Event) -> None:
        self.runtime.store.ledger.tell(self.request.id, [event])


def _told(found: Verified) -> Event:
    return Event.of(
        Happened.VERIFIED,
        manifests=found.manifests,
        blobs=found.blobs,
        read=found.read,
        size=found.read_bytes,
        left=list(found.left),
    )
