"""Health: what Redis says of itself, judged: whether what it was given survives. `doctor` and every start ask here.

What an ACL or a managed Redis hides could not be checked, and is said so.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from redis import Redis
from redis.exceptions import NoPermissionError, ReadOnlyError, RedisError, ResponseError

from workers.core.echo import echo
from workers.store import keys, records
from workers.store.connection import asking, confirming

_OLDEST: Final = (6, 2)
_WANTED: Final = "min-replicas-to-write"
_NOTHING: Final = "Nothing is taken, decided or carried out."

Told: TypeAlias = Mapping[str, Any]
"""A section of INFO; empty where Redis hides it."""


class Risk(StrEnum):
    """How bad it is.

    `STOPPED`: it takes nothing now, and says so itself. `VOLATILE`: it may lose decisions without a word. `UNUSABLE`:
    regclean cannot work with it.
    """

    NONE = "none"
    UNSEEN = "unseen"
    SOME = "some"
    STOPPED = "stopped"
    VOLATILE = "volatile"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Whole sentences; only what is no risk has neither consequence nor remedy."""

    risk: Risk
    finding: str
    consequence: str = ""
    remedy: str = ""

    @property
    def sentence(self) -> str:
        return " ".join(filter(None, (self.finding, self.consequence, self.remedy)))


@asking()
def examine(redis: Redis) -> Sequence[Finding]:
    """Everything below, asked of one Redis; raises Unavailable when it does not answer."""
    found = [
        version(info(redis, "server")),
        writable(redis),
        appendonly(info(redis, "persistence")),
        appendfsync(setting(redis, "appendfsync")),
        eviction(info(redis, "memory")),
    ]
    if confirming(redis):
        found.append(replicas(redis))
    return found


def info(redis: Redis, section: str) -> Told:
    """What INFO says; empty where this user may not ask."""
    try:
        found: Told = redis.info(section)
    except ResponseError:
        return {}
    return found


def setting(redis: Redis, name: str) -> str | None:
    """What CONFIG GET says; None where this user may not ask, or a managed Redis has no such command."""
    try:
        found = redis.config_get(name)
    except ResponseError:
        return None
    plain = {records.text(key): records.text(value) for key, value in found.items()}
    return plain.get(name)


def version(server: Told) -> Finding:
    found = str(server.get("redis_version", ""))
    numbers = tuple(int(part) for part in found.split(".")[:2] if part.isdecimal())
    if not numbers:
        return _unseen("which version Redis has", "INFO server")
    if numbers < _OLDEST:
        lost = "Commands that the queues use are missing, so jobs may be lost when a worker dies."
        return _unusable(
            f"Redis is version {found}.", lost, f"Use Redis {'.'.join(map(str, _OLDEST))} or newer, or Valkey."
        )
    return _fine(f"Redis is version {found}.")


def writable(redis: Redis) -> Finding:
    """Writes a key of its own, which goes by itself; a replica that takes writes loses them."""
    key, value = keys.probe(secrets.token_hex(8)), secrets.token_hex(8)
    try:
        redis.set(key, value, ex=10)
        kept = records.text(redis.get(key)) == value
        redis.delete(key)
    except NoPermissionError as error:
        remedy = "Allow the user of REDIS_URL ~rq:* ~rc:* and the commands that docs/redis.md lists."
        return _unusable(f"Redis does not let this user write ({_said(error)}).", _NOTHING, remedy)
    except ResponseError as error:
        return Finding(
            risk=Risk.UNUSABLE if isinstance(error, ReadOnlyError) else Risk.STOPPED,
            finding=f"Redis takes no writes ({_said(error)}).",
            consequence=_NOTHING,
            remedy="Write to the primary, not to a replica; see that disk and memory are not full; look at its log.",
        )
    if not kept:
        return _unusable("Redis did not keep a key that was just written.", _NOTHING, "Write to the primary itself.")
    if info(redis, "replication").get("role") == "slave":
        lost = "What is written to it is gone when its primary speaks."
        return _unusable("This Redis is a replica that takes writes.", lost, "Let REDIS_URL lead to the primary.")
    return _fine("Redis takes writes.")


def appendonly(persistence: Told) -> Finding:
    if "aof_enabled" not in persistence:
        return _unseen("whether Redis writes down what it holds (appendonly)", "INFO persistence")
    if not persistence["aof_enabled"]:
        return Finding(
            risk=Risk.VOLATILE,
            finding="Redis does not write down what it is given (appendonly is no).",
            consequence="When it stops, requests, approvals and audit entries since the last snapshot are gone.",
            remedy="Set appendonly to yes in redis.conf; “CONFIG SET appendonly yes” switches it on without a restart.",
        )
    if persistence.get("aof_last_write_status", "ok") != "ok":
        return Finding(
            risk=Risk.SOME,
            finding="Redis could not write to its append-only file the last time.",
            consequence="It takes no more writes, or loses them when it stops.",
            remedy="Make room on its disk, and look at its log.",
        )
    return _fine("Redis writes down what it is given (appendonly is yes).")


def appendfsync(found: str | None) -> Finding:
    if found is None:
        return _unseen("how soon Redis writes to disk (appendfsync)", "CONFIG GET")
    remedy = "Set appendfsync to always in redis.conf; “CONFIG SET appendfsync always” does it without a restart."
    lost = "requests that were taken, and approvals that were given"
    if found == "everysec":
        return Finding(
            risk=Risk.SOME,
            finding="Redis writes to disk once a second (appendfsync is everysec).",
            consequence=f"A power failure loses the last second: {lost}.",
            remedy=remedy,
        )
    if found != "always":
        return Finding(
            risk=Risk.VOLATILE,
            finding=f"Redis leaves it to the system when to write to disk (appendfsync is {found or 'not set'}).",
            consequence=f"A power failure loses half a minute: {lost}.",
            remedy=remedy,
        )
    return _fine("Redis writes to disk before it answers (appendfsync is always).")


def eviction(memory: Told) -> Finding:
    policy = memory.get("maxmemory_policy")
    if policy is None:
        return _unseen("what Redis drops when its memory is full (maxmemory-policy)", "INFO memory")
    if policy == "noeviction":
        return _fine("Redis drops nothing when its memory is full (maxmemory-policy is noeviction).")
    is_limited = bool(memory.get("maxmemory"))
    return Finding(
        risk=Risk.VOLATILE if is_limited else Risk.SOME,
        finding=f"Redis drops keys when its memory is full (maxmemory-policy is {policy}).",
        consequence="Requests, approvals and jobs vanish without a word."
        if is_limited
        else "There is no maxmemory yet; once there is, requests vanish without a word.",
        remedy="Set maxmemory-policy to noeviction; then it says so when it is full, and nothing is lost.",
    )


def replicas(redis: Redis) -> Finding:
    """Behind Sentinel: whether one follows, and whether the primary takes nothing when none does."""
    wanted = setting(redis, _WANTED)
    if info(redis, "replication").get("connected_slaves") == 0:
        return Finding(
            risk=Risk.STOPPED,
            finding="No replica follows the primary.",
            consequence="Each answer is “not certain”, and a failure of this one Redis loses everything.",
            remedy="Start a replica, and see in its log that it follows.",
        )
    if wanted is None:
        return _unseen(f"whether the primary works without replicas ({_WANTED})", "CONFIG GET")
    if wanted == "0":
        return Finding(
            risk=Risk.SOME,
            finding=f"The primary goes on working where no replica hears it ({_WANTED} is 0).",
            consequence="One that was cut off takes jobs that are gone once another one is the primary.",
            remedy=f"Set {_WANTED} to 1 on all of them; “CONFIG SET {_WANTED} 1” does it without a restart.",
        )
    return _fine(f"The primary takes nothing that no replica hears ({_WANTED} is {wanted}).")


def _fine(finding: str) -> Finding:
    return Finding(risk=Risk.NONE, finding=finding)


def _unusable(finding: str, consequence: str, remedy: str) -> Finding:
    return Finding(risk=Risk.UNUSABLE, finding=finding, consequence=consequence, remedy=remedy)


def _said(error: RedisError) -> str:
    return echo(str(error).rpartition("caused error: ")[2])


def _unseen(what: str, command: str) -> Finding:
    return Finding(
        risk=Risk.UNSEEN,
        finding=f"Could not check {what}: Redis does not let this user run {command}.",
        consequence="If it is wrong, requests and approvals may be lost.",
        remedy=f"Allow the user {command}, or look at it by hand.",
    )
