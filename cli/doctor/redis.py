"""Redis' checks: reached, new enough, writable, and keeping what it was given whatever happens."""

import secrets
from datetime import UTC, datetime
from typing import Any, Final

from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    RedisError,
    ResponseError,
)

from cli.doctor import clocks
from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict, fine, halves, problem, unknown, warning
from workers.core.echo import echo
from workers.core.errors import BadInput
from workers.store import records
from workers.store.connection import passes

_OLDEST: Final = (6, 2)
_NOTHING: Final = "Nothing is taken, decided or carried out."
_HIDDEN: Final = "If it is wrong, requests and approvals may be lost."


async def reached(patient: Patient, subject: str) -> Verdict:
    del subject
    try:
        where = _where(patient)
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


def _where(patient: Patient) -> str:
    """Never the address itself, which may hold a password."""
    found: dict[str, Any] = patient.redis.connection_pool.connection_kwargs
    return str(found.get("path") or f"{found.get('host')}:{found.get('port', 6379)}")


def _said(error: RedisError) -> str:
    return echo(str(error).rpartition("caused error: ")[2])


async def version(patient: Patient, subject: str) -> Verdict:
    del subject
    found = str(_info(patient, "server").get("redis_version", ""))
    numbers = tuple(int(part) for part in found.split(".")[:2] if part.isdecimal())
    if not numbers:
        return _unseen("which version Redis has", "INFO server")
    if numbers < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        return problem(
            f"Redis is version {found}.",
            "Commands that the queues use are missing, so jobs may be lost when a worker dies.",
            f"Use Redis {wanted} or newer, or Valkey.",
        )
    return fine(f"Redis is version {found}.")


async def writable(patient: Patient, subject: str) -> Verdict:
    """Writes a key of its own, which goes by itself."""
    del subject
    key, value = f"rc:doctor:{secrets.token_hex(8)}", secrets.token_hex(8)
    try:
        patient.redis.set(key, value, ex=10)
        kept = records.text(patient.redis.get(key)) == value
        patient.redis.delete(key)
    except NoPermissionError as error:
        remedy = "Allow the user of REDIS_URL ~rq:* ~rc:* and the commands that docs/doctor.md lists."
        return problem(f"Redis does not let this user write ({_said(error)}).", _NOTHING, remedy)
    except ResponseError as error:
        remedy = "Write to the primary, not to a replica, and see that disk and memory are not full; its log says more."
        return problem(f"Redis takes no writes ({_said(error)}).", _NOTHING, remedy)
    if not kept:
        return problem("Redis did not keep a key that was just written.", _NOTHING, "Write to the primary itself.")
    return fine("Redis takes writes.")


async def appendonly(patient: Patient, subject: str) -> Verdict:
    del subject
    found = _info(patient, "persistence")
    remedy = "Set appendonly to yes in redis.conf; “CONFIG SET appendonly yes” switches it on without a restart."
    if "aof_enabled" not in found:
        return _unseen("whether Redis writes down what it holds (appendonly)", "INFO persistence")
    if not found["aof_enabled"]:
        return problem(
            "Redis does not write down what it is given (appendonly is no).",
            "When it stops, requests, approvals and audit entries since the last snapshot are gone.",
            remedy,
        )
    if found.get("aof_last_write_status", "ok") != "ok":
        return problem(
            "Redis could not write to its append-only file the last time.",
            "It takes no more writes, or loses them when it stops.",
            "Make room on its disk, and look at its log.",
        )
    return fine("Redis writes down what it is given (appendonly is yes).")


async def appendfsync(patient: Patient, subject: str) -> Verdict:
    del subject
    try:
        found = patient.redis.config_get("appendfsync").get("appendfsync", "")
    except ResponseError:
        return _unseen("how soon Redis writes to disk (appendfsync)", "CONFIG GET")
    remedy = "Set appendfsync to always in redis.conf; “CONFIG SET appendfsync always” does it without a restart."
    if found == "everysec":
        return warning(
            "Redis writes to disk once a second (appendfsync is everysec).",
            "A power failure loses the last second: a request that was taken, or an approval that was given.",
            remedy,
        )
    if found != "always":
        return problem(
            f"Redis leaves it to the system when to write to disk (appendfsync is {found or 'not set'}).",
            "A power failure loses half a minute: requests that were taken, and approvals that were given.",
            remedy,
        )
    return fine("Redis writes to disk before it answers (appendfsync is always).")


async def eviction(patient: Patient, subject: str) -> Verdict:
    del subject
    found = _info(patient, "memory")
    policy = found.get("maxmemory_policy")
    if policy is None:
        return _unseen("what Redis drops when its memory is full (maxmemory-policy)", "INFO memory")
    if policy == "noeviction":
        return fine("Redis drops nothing when its memory is full (maxmemory-policy is noeviction).")
    words = f"Redis drops keys when its memory is full (maxmemory-policy is {policy})."
    remedy = "Set maxmemory-policy to noeviction; then it says so when it is full, and nothing is lost."
    if found.get("maxmemory"):
        return problem(words, "Requests, approvals and jobs vanish without a word.", remedy)
    return warning(words, "There is no maxmemory yet; once there is, requests vanish without a word.", remedy)


async def clock(patient: Patient, subject: str) -> Verdict:
    del subject
    seconds, microseconds = patient.redis.time()
    there = datetime.fromtimestamp(int(seconds) + int(microseconds) / 1e6, UTC)
    return clocks.compared("Redis", there, patient.clock(), "Approvals made elsewhere end too early or too late here.")


def _info(patient: Patient, section: str) -> dict[str, Any]:
    """Empty where an ACL hides it."""
    try:
        found: dict[str, Any] = patient.redis.info(section)
    except NoPermissionError:
        return {}
    return found


def _unseen(what: str, command: str) -> Verdict:
    return unknown(
        f"Could not check {what}: Redis does not let this user run {command}.",
        _HIDDEN,
        f"Allow the user {command}, or look at it by hand.",
    )
