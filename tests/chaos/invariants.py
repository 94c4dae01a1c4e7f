"""Invariants: what holds after every run, looked at from outside: the registry by HTTP, the stream, and the records.

Each function gives a sentence for everything that is not as it must be.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from demo.parts.errors import RemoteError
from demo.parts.processes import wait_until
from demo.parts.remote import Remote
from tests.chaos import content
from tests.chaos.card import card
from tests.chaos.fault import COLLECT
from tests.chaos.front import Write
from tests.chaos.stage import REGISTRY, Stage
from tests.chaos.watch import takes_writes
from workers.core.errors import RegcleanError
from workers.core.outcome import Result
from workers.core.plan import Step, Verb
from workers.core.request import State
from workers.store import keys
from workers.store.locks import LIFE

_ORDER: Final = ("opened", "planned", "approved", "started")
_ENDS: Final = frozenset({"done", "failed", "stale", "expired", "cancelled", "denied", "refused"})
_AFTERWARDS: Final = frozenset({"mended", "alert", "unfenced"})
_IN_FLIGHT: Final = 3.0
"""Seconds that a step may still take which began before its request was cancelled or ran out."""
_ON_ITS_WAY: Final = 0.1
"""Seconds between asking whether the lock is ours and a write's arrival at the registry, on a busy machine."""
_LAST_SENT: Final = 0.5
"""Seconds around a kill in which what the dead one had sent arrives, while its parent gives its lock back."""
_HEALED_WITHIN: Final = 60.0
_GONE: Final = frozenset({Result.DONE, Result.GONE})


def ends(stage: Stage) -> Iterator[str]:
    """Every request is in one final state, and in one that the fault allows."""
    if stage.request.state not in stage.fault.ends:
        yield f"it ended as {stage.request.state.value}: {stage.request.note}"
    for other in stage.others:
        if not stage.bench.request(other).state.is_final:
            yield f"another request stays {stage.bench.request(other).state.value}"


def chain(stage: Stage) -> Iterator[str]:
    """The audit chain verifies."""
    try:
        stage.bench.store.ledger.chain.verify()
    except RegcleanError as error:
        yield f"the audit chain does not verify: {error.sentence}"


def story(stage: Stage) -> Iterator[str]:
    """Each request's story is in order: it begins, goes on and ends once, and each step is told once."""
    for each in (stage.request_id, *stage.others):
        told = stage.bench.told(each)
        names = [entry.action.value for entry in told]
        main = [name for name in names if name in _ORDER]
        if main != list(_ORDER[: len(main)]):
            yield f"{each} was told in the order {', '.join(main)}"
        ended = [place for place, name in enumerate(names) if name in _ENDS]
        if len(ended) != 1:
            yield f"{each} was told to end {len(ended)} times: {', '.join(names)}"
        elif set(names[ended[0] + 1 :]) - _AFTERWARDS:
            yield f"{each} goes on after its end: {', '.join(names[ended[0] :])}"
        steps = Counter(entry.details["step"] for entry in told if entry.action.value == "step")
        yield from (f"step {step} of {each} was told {count} times" for step, count in steps.items() if count > 1)


def steps(stage: Stage) -> Iterator[str]:
    """Each image of the approved plan is gone, or reported with its reason."""
    outcomes = stage.bench.store.journal.outcomes(stage.request_id)
    reported = stage.request.state in {State.CANCELLED, State.EXPIRED} or stage.request.note
    with Remote(stage.registry.url) as remote:
        for number, step in enumerate(stage.plan.steps):
            outcome = outcomes.get(number)
            if outcome is None:
                if not reported:
                    yield f"step {number} has no outcome, and nothing says why"
            elif outcome.result in _GONE:
                yield from _is_carried_out(remote, step)
            elif not outcome.why:
                yield f"step {number} is {outcome.result.value} without a reason"


def _is_carried_out(remote: Remote, step: Step) -> Iterator[str]:
    name, digest = str(step.repository), str(step.digest)
    listed = [str(tag) for tag in step.tags if str(tag) in remote.tags(name)]
    if dangling := [tag for tag in listed if remote.digest(name, tag) is None]:
        yield f"{name}:{dangling[0]} is still listed, and its manifest is gone"
    standing = [str(tag) for tag in step.tags if remote.digest(name, str(tag)) == digest]
    if standing:
        yield f"{name}:{standing[0]} was to go and is there"
    if step.verb is Verb.DELETE and remote.digest(name, digest) is not None:
        yield f"{name}@{digest} was to go and is there"


def untouched(stage: Stage) -> Iterator[str]:
    """What was not approved is there as before, and can be pulled."""
    plans = [stage.bench.store.ledger.plan(each) for each in (stage.request_id, *stage.others)]
    going = {(str(step.repository), str(tag)) for plan in plans for step in plan.steps for tag in step.tags}
    now = content.read(stage.registry.url)
    with Remote(stage.registry.url) as remote:
        for (repository, tag), digest in {**stage.before, **stage.pushed}.items():
            if (repository, tag) in going - stage.pushed.keys():
                continue
            if now.get((repository, tag)) != digest:
                yield f"{repository}:{tag} was not to be touched and is {now.get((repository, tag)) or 'gone'}"
                continue
            try:
                remote.pull(repository, tag)
            except RemoteError as error:
                yield f"{repository}:{tag} cannot be pulled any more: {error}"
    yield from (f"{name}:{tag} was not there before" for name, tag in now.keys() - stage.before.keys())


def writes(stage: Stage) -> Iterator[str]:
    """Nothing but what was approved was deleted, under the lock of its own request, and in time."""
    owners = _owners(stage)
    ours = {write.body for write in stage.front.writes if write.method == "PUT"}
    everybody = {stage.request_id, *stage.others}
    for write in stage.front.writes:
        if not write.took_effect:
            continue
        owner = {owners[write.reference]} if write.reference in owners else everybody
        if write.reference not in owners and write.reference not in ours:
            yield f"{write.method} {write.path} was not approved"
        on_its_way = 0 <= write.arrived - stage.unlocked < _ON_ITS_WAY
        on_its_way |= not write.holder and abs(write.arrived - stage.killed) < _LAST_SENT
        if write.holder not in owner | {"?"} and not on_its_way:
            yield f"{write.method} {write.path} arrived while {write.holder or 'nobody'} held the lock"
    yield from _late(stage)
    yield from _left_over(stage, ours)


def _owners(stage: Stage) -> dict[str, str]:
    """Whose plan a digest or a tag is in."""
    plans = {each: stage.bench.store.ledger.plan(each) for each in (stage.request_id, *stage.others)}
    return {
        str(name): each for each, plan in plans.items() for step in plan.steps for name in (step.digest, *step.tags)
    }


def _late(stage: Stage) -> Iterator[str]:
    if stage.request.state not in {State.CANCELLED, State.EXPIRED}:
        return
    cancelled = [entry.at for entry in stage.bench.told(stage.request_id) if entry.action.value == "cancelling"]
    approval = stage.request.approval
    until = datetime.fromisoformat(cancelled[0]) if cancelled else approval.expires_at if approval else None
    late = [write for write in stage.front.writes if until and write.arrived > until.timestamp() + _IN_FLIGHT]
    yield from (
        f"{write.method} {write.path} came {write.arrived - until.timestamp():.1f} s late" for write in late if until
    )


def _left_over(stage: Stage, ours: set[str]) -> Iterator[str]:
    with Remote(stage.registry.url) as remote:
        for write in stage.front.writes:
            if write.method == "PUT" and write.body in ours and remote.digest(write.repository, write.body):
                yield f"a throw-away manifest was left in {write.repository}"


def undo(stage: Stage) -> Iterator[str]:
    """Until collection, what was deleted can be brought back: its manifest was saved."""
    redis = stage.bench.store.redis
    for write in stage.front.writes:
        if _deleted_for_good(stage, write):
            key = keys.undo(REGISTRY, f"{write.repository}@{write.reference}")
            if not redis.exists(key):
                yield f"{write.repository}@{write.reference} was deleted without having been saved"


def _deleted_for_good(stage: Stage, write: Write) -> bool:
    deletes = {str(step.digest) for step in stage.plan.steps if step.verb is Verb.DELETE}
    return write.took_effect and write.method == "DELETE" and write.reference in deletes


def registry(stage: Stage) -> Iterator[str]:
    """Never open beside a collector; within a minute of its end it runs and takes writes, and no fence is left."""
    yield from dict.fromkeys(stage.watch.seen)
    fences, watch = stage.bench.store.fences, stage.watch
    left = _HEALED_WITHIN - (time.time() - (watch.ended or stage.over))

    def healed() -> bool:
        return not watch.ended and fences.load(REGISTRY) is None and takes_writes(stage.registry.url)

    if not wait_until(healed, seconds=max(1.0, left), pause=0.5):
        yield f"a minute after its collector the registry is fenced or takes no writes; fence: {fences.load(REGISTRY)}"
    yield from (
        f"the registry took no writes for {shut:.0f} s after its collector's end"
        for shut in watch.shut
        if shut > _HEALED_WITHIN
    )


def collected(stage: Stage) -> Iterator[str]:
    """A collection that is done took what was approved."""
    approved = stage.plan.collection
    if stage.fault.work != COLLECT or approved is None or stage.request.state is not State.DONE:
        return
    blobs = stage.registry.storage_root / "docker/registry/v2/blobs/sha256"
    left = [each for each in approved.eligible if (blobs / each.hex[:2] / each.hex / "data").exists()]
    if left:
        yield f"{len(left)} of {len(approved.eligible)} blobs are still there although it is done"


def locks(stage: Stage) -> Iterator[str]:
    """No lock outlives its owner by more than its life."""
    holder = stage.bench.store.locks.holder
    if not wait_until(lambda: holder(REGISTRY) in {None, "the sweeper"}, seconds=LIFE + 1, pause=0.2):
        yield f"{holder(REGISTRY)} still holds the lock"


INVARIANTS: Final[tuple[Callable[[Stage], Iterator[str]], ...]] = (
    ends,
    chain,
    story,
    steps,
    registry,
    collected,
    card,
    untouched,
    writes,
    undo,
    locks,
)
