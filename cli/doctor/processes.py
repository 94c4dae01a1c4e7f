"""The processes' checks: each kind is at work, and the audit chain they wrote is whole."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict, fine, halves, problem
from workers.config import signing_keys
from workers.core.approval import KeyRing
from workers.core.errors import BadRecord, NotAuthentic, UnknownKey
from workers.store import keys, records
from workers.store.anchors import Anchors
from workers.store.chain import Chain
from workers.store.key_marks import BOT, PROCESSES, SWEEP, KeyMarks
from workers.store.tasks import GC
from workers.store.transaction import Transactions

_SILENT: Final = 60.0
_LOST: Final = {
    "bot": "Nobody is heard: commands and clicks are answered by Slack with an error.",
    "replies": "Cards are neither posted nor changed, so nobody sees what waits for them.",
    "worker-lookup": "Nothing is planned or listed: every request stays “planning”.",
    "worker-clean": "Approved requests are not carried out until one runs.",
    "worker-gc": "Approved collections are not carried out until one runs.",
    "sweep": "Nothing mends what stands still: a crashed job is not started again, and a fence is not lifted.",
}


def processes(patient: Patient) -> Sequence[str]:
    """All kinds; no collector is missed where no registry is ever collected."""
    collects = any(registry.gc for registry in patient.config.registries)
    return [process for process in PROCESSES if collects or process != f"worker-{GC}"]


async def alive(patient: Patient, subject: str) -> Verdict:
    if _lives(patient, subject):
        return fine(f"{subject} is at work.")
    command = f"regclean {subject.replace('-', ' ')}"
    remedy = f"Start “{command}”; if it was started, its log says why it ended."
    waiting = _waiting(patient, subject)
    jobs = f" {waiting} jobs wait for it." if waiting else ""
    return problem(f"No {subject} is at work.{jobs}", _LOST[subject], remedy)


def _lives(patient: Patient, process: str) -> bool:
    if process == BOT:
        return bool(KeyMarks(patient.redis).told(BOT))
    if process == SWEEP:
        return bool(patient.redis.exists(keys.SWEEPER))
    return any(_is_heard(patient, worker) for worker in _workers(patient, process))


def _workers(patient: Patient, process: str) -> Sequence[str]:
    """The keys of RQ's workers on the process' queue."""
    found = patient.redis.smembers(f"rq:workers:{_queue(process)}")
    return [records.text(each) for each in found]


def _is_heard(patient: Patient, worker: str) -> bool:
    """Whether it gave a sign of life within a minute; its key outlives a killed one for longer than that."""
    beat = patient.redis.hget(worker, "last_heartbeat")
    if beat is None:
        return False
    last = datetime.fromisoformat(records.text(beat))
    now = datetime.fromtimestamp(int(patient.redis.time()[0]), UTC)
    return (now - (last if last.tzinfo else last.replace(tzinfo=UTC))).total_seconds() < _SILENT


def _waiting(patient: Patient, process: str) -> int:
    return int(patient.redis.llen(f"rq:queue:{_queue(process)}"))


def _queue(process: str) -> str:
    return process.removeprefix("worker-")


async def audit(patient: Patient, subject: str) -> Verdict:
    del subject
    try:
        ring = KeyRing(signing_keys(patient.environ)) if patient.secret("REGCLEAN_SIGNING_KEY") else None
        count = Chain(patient.redis, ring).verify()
    except UnknownKey as error:
        finding, remedy = halves(error.sentence, "Put that key back behind the new one.")
        return problem(
            finding, "A process without that key adds nothing to the chain, so it carries nothing out.", remedy
        )
    except (NotAuthentic, BadRecord) as error:
        return problem(
            halves(error.sentence, "")[0],
            "Somebody, or a broken disk, changed what was written: the history cannot be trusted from there on.",
            "Keep a copy of Redis for the inquiry, restore a backup, and find out who can write to Redis.",
        )
    looked = "their hashes and signatures fit" if ring else "their hashes fit, and without a key nothing more is known"
    return fine(f"The audit chain is whole: {count} entries; {looked}.")


async def halt(patient: Patient, subject: str) -> Verdict:
    del subject
    halted = Anchors(patient.redis, Transactions.over(patient.redis, budget=5)).halted()
    if halted is None:
        return fine("Redis holds what cards in Slack show, as far as “regclean replies” has compared them.")
    finding, remedy = halves(halted.why, "Restore Redis from a backup, or accept the loss.")
    return problem(finding, f"Nothing is removed or collected since {halted.since}.", remedy)
