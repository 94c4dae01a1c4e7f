"""Redis' checks: reached, new enough, writable, and keeping what it was given whatever happens.

What its settings mean is judged by `workers.store.health`, as at the start of every process.
"""

from datetime import UTC, datetime
from typing import Final

from redis.exceptions import AuthenticationError, RedisError

from cli.doctor import clocks
from cli.doctor.patient import Patient
from cli.doctor.verdict import Level, Verdict, fine, halves, problem
from workers.core.echo import echo
from workers.core.errors import BadInput
from workers.store import health
from workers.store.connection import confirming, passes, place

_NOTHING: Final = "Nothing is taken, decided or carried out."
_LEVELS: Final = {
    health.Risk.NONE: Level.FINE,
    health.Risk.UNSEEN: Level.UNKNOWN,
    health.Risk.SOME: Level.WARNING,
}


async def reached(patient: Patient, subject: str) -> Verdict:
    del subject
    try:
        where = place(patient.redis)
        patient.redis.ping()
    except BadInput as error:
        finding, remedy = halves(error.sentence, "Write it as redis://HOST:PORT/0.")
        return problem(finding, _NOTHING, remedy)
    except AuthenticationError:
        return problem(
            f"Redis at {where} does not accept the user or the password in REDIS_URL.",
            _NOTHING,
            "Write them into REDIS_URL as redis://USER:PASSWORD@HOST:PORT/0, special characters percent-encoded.",
        )
    except RedisError as error:
        why = "does not answer" if passes(error) else f"refused ({_said(error)})"
        remedy = "See that it runs, that REDIS_URL leads there, and rediss:// is written if it speaks TLS."
        return problem(f"Redis at {where} {why}.", _NOTHING, remedy)
    return fine(f"Redis answers at {where}.")


def _said(error: RedisError) -> str:
    return echo(str(error).rpartition("caused error: ")[2])


async def version(patient: Patient, subject: str) -> Verdict:
    del subject
    return _verdict(health.version(_info(patient, "server")))


async def writable(patient: Patient, subject: str) -> Verdict:
    del subject
    return _verdict(health.writable(patient.redis))


async def appendonly(patient: Patient, subject: str) -> Verdict:
    del subject
    return _verdict(health.appendonly(_info(patient, "persistence")))


async def appendfsync(patient: Patient, subject: str) -> Verdict:
    del subject
    return _verdict(health.appendfsync(health.setting(patient.redis, "appendfsync")))


async def eviction(patient: Patient, subject: str) -> Verdict:
    del subject
    return _verdict(health.eviction(_info(patient, "memory")))


async def replicas(patient: Patient, subject: str) -> Verdict:
    del subject
    if not confirming(patient.redis):
        return fine("Redis is reached directly and not through Sentinel, so nothing replaces it.")
    return _verdict(health.replicas(patient.redis))


async def clock(patient: Patient, subject: str) -> Verdict:
    del subject
    seconds, microseconds = patient.redis.time()
    there = datetime.fromtimestamp(int(seconds) + int(microseconds) / 1e6, UTC)
    return clocks.compared("Redis", there, patient.clock(), "Approvals made elsewhere end too early or too late here.")


def _info(patient: Patient, section: str) -> health.Told:
    return health.info(patient.redis, section)


def _verdict(found: health.Finding) -> Verdict:
    return Verdict(
        level=_LEVELS.get(found.risk, Level.PROBLEM),
        finding=found.finding,
        consequence=found.consequence,
        remedy=found.remedy,
    )
