"""Planning: a request's first phase, from what was asked to a plan that waits for approval, or to a refusal."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from workers.config import RegistrySettings
from workers.core.audit import Event, Happened
from workers.core.errors import RegcleanError, Unavailable, WrongState
from workers.core.names import Reference, RepositoryName
from workers.core.plan import Plan
from workers.core.request import Action, Request, State
from workers.core.rules import Denial
from workers.interruption import Interrupted, unless_stopped
from workers.planner import Planner, Refusal
from workers.runtime import Runtime
from workers.store.ledger import Change
from workers.store.tasks import next_job
from workers.surveyor import Surveyor

PATIENCE: Final = 5.0
"""Seconds after which a request that waits for another looks again."""


def plan_request(runtime: Runtime, request_id: str) -> None:
    """Plan a request that is still being planned; whatever goes wrong is told, in a refusal."""
    request = runtime.store.ledger.load(request_id)
    if request.state is not State.PLANNING:
        return
    try:
        if _waits(runtime, request):
            return
        plan = asyncio.run(unless_stopped(_plan(runtime, request)))
    except Refusal as refusal:
        _refuse(runtime, request_id, refusal.sentence, refusal.plan)
    except Interrupted:
        go_on(runtime, request_id)
    except Unavailable:
        raise
    except RegcleanError as error:
        _refuse(runtime, request_id, error.sentence, None)
    else:
        _offer(runtime, request_id, plan)


async def _plan(runtime: Runtime, request: Request) -> Plan:
    settings = runtime.config.registry(request.registry)
    async with runtime.registry(settings) as registry:
        planner = Planner(registry, settings, runtime.config.limits.plan_manifests)
        return await _ways(runtime, settings, planner)[request.action](request)


def _ways(
    runtime: Runtime, settings: RegistrySettings, planner: Planner
) -> dict[Action, Callable[[Request], Awaitable[Plan]]]:
    def surveyor() -> Surveyor:
        runner = runtime.runner(settings)
        if runner is None:
            raise Refusal(f"{settings.name} has no gc runner in the configuration, so its collector cannot be asked.")
        return Surveyor(planner, runner, runtime.store.clock)

    return {
        Action.REMOVE: lambda request: planner.remove([Reference.parse(target) for target in request.targets]),
        Action.UNTAGGED: lambda request: surveyor().untagged([RepositoryName.parse(each) for each in request.targets]),
        Action.COLLECT: lambda request: surveyor().collect(accepts_damage=request.accepts_damage),
    }


def _waits(runtime: Runtime, request: Request) -> bool:
    """While the registry is fenced its answers are no ground for a plan, so the request waits and says why."""
    fence = runtime.store.fences.load(request.registry)
    if fence is None:
        return False
    wait(runtime, request.id, f"Waiting: {request.registry} takes no writes while {fence.request} collects.")
    return True


def wait(runtime: Runtime, request_id: str, why: str, seconds: float = PATIENCE) -> None:
    """Put the request off for a moment; it is told once, not each time."""

    def decide(request: Request) -> Change | Denial:
        events = [] if request.note == why else [Event.of(Happened.WAITING, why=why)]
        again = runtime.store.clock() + timedelta(seconds=seconds)
        return Change(request=request.waiting(why, again), events=events)

    runtime.store.ledger.change(request_id, decide)


def go_on(runtime: Runtime, request_id: str) -> None:
    """Hand over to the next attempt; this one ran out of time."""

    def decide(request: Request) -> Change:
        following = request.advanced()
        job = next_job(following)
        return Change(request=following, jobs=[job] if job else [])

    _unless_moved_on(runtime, request_id, decide)


def _offer(runtime: Runtime, request_id: str, plan: Plan) -> None:
    expires_at = runtime.store.clock() + timedelta(seconds=runtime.config.approvals.expiry_seconds)
    event = Event.of(
        Happened.PLANNED,
        fingerprint=plan.fingerprint,
        steps=len(plan.steps),
        frees=plan.frees,
        exact=plan.exact,
        damage=len(plan.damage),
    )

    def decide(request: Request) -> Change:
        return Change(request=request.planned(plan, expires_at), plan=plan, events=[event])

    _unless_moved_on(runtime, request_id, decide)


def _refuse(runtime: Runtime, request_id: str, why: str, plan: Plan | None) -> None:
    def decide(request: Request) -> Change:
        refused = request.refused(why, runtime.store.clock())
        return Change(request=refused, plan=plan, events=[Event.of(Happened.REFUSED, why=why)])

    _unless_moved_on(runtime, request_id, decide)


def _unless_moved_on(runtime: Runtime, request_id: str, decide: Callable[[Request], Change]) -> None:
    """Save, unless someone cancelled the request while it was planned."""

    def careful(request: Request) -> Change | Denial:
        try:
            return decide(request)
        except WrongState as error:
            return Denial(error.sentence)

    runtime.store.ledger.change(request_id, careful)
