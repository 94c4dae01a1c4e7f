"""What can be wrong with Redis, with the keys, and with what runs on it; planted in servers of the tests' own."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from cli.doctor import redis as checks
from cli.doctor.patient import Patient
from demo.parts.processes import free_port
from demo.parts.redis import RedisProcess
from tests.integration.deeds import opened
from tests.samples import KEYS
from tests.scenario.doctor.clinic import Clinic
from tests.scenario.doctor.test_slack_faults import told
from workers.core.approval import KeyRing
from workers.store import keys
from workers.store.anchors import Anchors
from workers.store.key_marks import PROCESSES, KeyMarks
from workers.store.store import Store, utc_now
from workers.store.transaction import Transactions

OLD, NEW = "o" * 32, "n" * 32
PASSWORD = "planted-password"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    with RedisProcess(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def redis(server: RedisProcess) -> Iterator[Any]:
    """A durable Redis that is as it should be again when the test ends."""
    good = {"appendonly": "yes", "appendfsync": "always", "maxmemory": "0", "maxmemory-policy": "noeviction"}
    with closing(Redis.from_url(server.url)) as client:
        client.flushall()
        yield client
        client.config_set("min-replicas-to-write", 0)
        client.replicaof("NO", "ONE")
        for name, value in good.items():
            client.config_set(name, value)


@pytest.fixture
def patient(clinic: Clinic, server: RedisProcess, redis: Any) -> Clinic:
    return clinic.with_environment(REDIS_URL=server.url)


def test_a_durable_redis_is_fine(patient: Clinic) -> None:
    assert patient.examine("redis").wrong == []


@pytest.mark.parametrize(
    ("settings", "check", "words"),
    [
        ({"appendonly": "no"}, "redis.appendonly", ("appendonly is no", "are gone", "CONFIG SET appendonly yes")),
        ({"appendfsync": "everysec"}, "redis.appendfsync", ("once a second", "loses the last second")),
        ({"appendfsync": "no"}, "redis.appendfsync", ("leaves it to the system", "half a minute")),
        ({"maxmemory": "100mb", "maxmemory-policy": "allkeys-lru"}, "redis.eviction", ("vanish", "noeviction")),
        ({"maxmemory-policy": "volatile-ttl"}, "redis.eviction", ("There is no maxmemory yet",)),
        ({"min-replicas-to-write": "3"}, "redis.writable", ("takes no writes", "NOREPLICAS", "primary")),
    ],
    ids=["no AOF", "everysec", "never", "evicts", "would evict", "too few replicas"],
)
def test_settings(patient: Clinic, redis: Any, settings: dict[str, str], check: str, words: tuple[str, ...]) -> None:
    for name, value in settings.items():
        redis.config_set(name, value)
    said = told(patient.examine("redis"), check)
    assert [word for word in words if word not in said] == []


def test_a_replica_takes_no_writes(patient: Clinic, redis: Any) -> None:
    redis.replicaof("127.0.0.1", free_port("127.0.0.1"))
    said = told(patient.examine("redis"), "redis.writable")
    assert "read only replica" in said


def test_a_redis_that_is_not_there(clinic: Clinic) -> None:
    nowhere = f"redis://:{PASSWORD}@127.0.0.1:{free_port('127.0.0.1')}/0"
    chart = clinic.with_environment(REDIS_URL=nowhere, PASSWORD=PASSWORD).examine("redis", "keys", "process", "audit")
    assert "does not answer" in told(chart, "redis.reached")


def test_a_redis_that_speaks_no_tls(patient: Clinic) -> None:
    url = patient.environ["REDIS_URL"].replace("redis://", "rediss://")
    assert "rediss://" in told(patient.with_environment(REDIS_URL=url).examine("redis"), "redis.reached")


def test_an_address_that_is_none(clinic: Clinic) -> None:
    chart = clinic.with_environment(REDIS_URL=f"http://{PASSWORD}", PASSWORD=PASSWORD).examine("redis")
    assert "Write it as redis://HOST:PORT/0." in told(chart, "redis.reached")


def as_user(patient: Clinic, redis: Any, *rules: str) -> Clinic:
    redis.acl_setuser("limited", reset=True, enabled=True, passwords=[f"+{PASSWORD}"])
    redis.execute_command("ACL", "SETUSER", "limited", *rules)
    url = patient.environ["REDIS_URL"].replace("redis://", f"redis://limited:{PASSWORD}@")
    return patient.with_environment(REDIS_URL=url, PASSWORD=PASSWORD)


OURS = ("~rq:*", "~rc:*", "&rq:pubsub:*", "&rc:*", "+@all", "-@admin", "-@dangerous", "+info", "+client|setname")


def test_a_wrong_password(patient: Clinic, redis: Any) -> None:
    as_user(patient, redis, *OURS)
    url = patient.environ["REDIS_URL"].replace("redis://", "redis://limited:wrong@")
    chart = patient.with_environment(REDIS_URL=url, PASSWORD="limited:wrong").examine("redis")
    assert "does not accept the user or the password" in told(chart, "redis.reached")


def test_what_an_acl_hides_could_not_be_checked(patient: Clinic, redis: Any) -> None:
    chart = as_user(patient, redis, *OURS).examine("redis")
    assert chart.exit_code == 1
    said = told(chart, "redis.appendfsync")
    assert said.startswith("Could not check how soon Redis writes to disk")
    assert "CONFIG GET" in said
    assert as_user(patient, redis, *OURS, "+config|get").examine("redis").wrong == []


def test_an_acl_that_hides_more(patient: Clinic, redis: Any) -> None:
    chart = as_user(patient, redis, *OURS, "-info", "+config|get").examine("redis")
    assert chart.wrong == ["unknown redis.version", "unknown redis.appendonly", "unknown redis.eviction"]


def test_an_acl_that_forbids_to_write(patient: Clinic, redis: Any) -> None:
    chart = as_user(patient, redis, *OURS, "-set", "+config|get").examine("redis")
    assert "does not let this user write" in told(chart, "redis.writable")


def test_a_clock_that_is_wrong(patient: Clinic) -> None:
    wrong = replace(patient, clock=lambda: utc_now() - timedelta(minutes=2))
    assert "120 seconds ahead of this machine" in told(wrong.examine("redis"), "redis.clock")


@pytest.mark.parametrize(
    ("version", "level"),
    [("6.0.16", "problem"), ("6.2.0", "fine"), ("7.0.15", "fine"), ("10.1.0", "fine"), ("", "unknown")],
)
async def test_versions(version: str, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Redis that old can be had here, so what INFO says is played."""
    monkeypatch.setattr(checks, "_info", lambda *_: {"redis_version": version} if version else {})
    assert (await checks.version(Patient(environ={}), "")).level.value == level


def holds(redis: Any, **rings: tuple[str, ...]) -> None:
    for process, ring in rings.items():
        KeyMarks(redis).tell(process.replace("_", "-"), KeyRing(tuple(key.encode() for key in ring)))


def test_keys_that_differ_between_the_rooms(patient: Clinic, redis: Any) -> None:
    holds(redis, bot=(OLD,), replies=(OLD,), worker_clean=(NEW,))
    said = told(patient.with_environment(REGCLEAN_SIGNING_KEY=OLD).examine("keys"), "keys.equal")
    assert "refused by worker-clean" in said
    assert "same REGCLEAN_SIGNING_KEY" in said


def test_keys_that_differ_between_two_of_a_kind(patient: Clinic, redis: Any) -> None:
    holds(redis, bot=(OLD,), worker_clean=(OLD,))
    holds(redis, worker_clean=(NEW,))
    assert "refused by worker-clean" in told(
        patient.with_environment(REGCLEAN_SIGNING_KEY=None).examine("keys"), "keys.equal"
    )


def test_a_key_of_this_environment_that_is_another(clinic: Clinic) -> None:
    said = told(clinic.with_environment(REGCLEAN_SIGNING_KEY=NEW).examine("keys"), "keys.equal")
    assert "this environment" in said
    assert NEW not in said


def test_a_rotation_that_is_half_done(patient: Clinic, redis: Any) -> None:
    holds(redis, bot=(OLD, NEW), worker_clean=(NEW, OLD), sweep=(OLD, NEW))
    chart = patient.with_environment(REGCLEAN_SIGNING_KEY=f"{NEW},{OLD}").examine("keys")
    assert "half done" in told(chart, "keys.equal")
    assert chart.exit_code == 1


def test_a_room_that_is_silent_cannot_be_compared(patient: Clinic, redis: Any) -> None:
    holds(redis, worker_clean=(OLD,))
    assert "that talks to Slack" in told(patient.examine("keys"), "keys.equal")
    redis.flushall()
    holds(redis, bot=(OLD,))
    assert "that talks to registries" in told(patient.examine("keys"), "keys.equal")


@pytest.mark.parametrize(
    ("key", "words"), [("short", "shorter than 32 characters"), (f"{OLD},x", "Key 2 of 2"), (",", "is not set")]
)
def test_a_signing_key_that_cannot_be_used(clinic: Clinic, key: str, words: str) -> None:
    chart = clinic.with_environment(REGCLEAN_SIGNING_KEY=key).examine("environment")
    assert words in told(chart, "environment.signing_key")


def test_processes_that_are_not_at_work(patient: Clinic, redis: Any) -> None:
    redis.rpush("rq:queue:clean", "execute-r-1-1", "execute-r-2-1")
    chart = patient.examine("process")
    assert chart.wrong == [f"problem process.alive {process}" for process in PROCESSES]
    said = chart.of("process.alive", "worker-clean").verdict
    assert said.finding == "No worker-clean is at work. 2 jobs wait for it."
    assert "“regclean worker clean”" in said.remedy


def test_no_collector_is_missed_where_nothing_is_collected(patient: Clinic) -> None:
    chart = patient.with_registry(gc=None).examine("process")
    assert "problem process.alive worker-gc" not in chart.wrong
    assert len(chart.wrong) == len(PROCESSES) - 1


def test_a_worker_that_was_killed_is_missed_before_its_key_is_gone(clinic: Clinic) -> None:
    with closing(Redis.from_url(clinic.environ["REDIS_URL"])) as redis:
        (worker,) = redis.smembers("rq:workers:lookup")
        beat = redis.hget(worker, "last_heartbeat")
        redis.hset(worker, "last_heartbeat", "2026-01-01T00:00:00.000000Z")
        try:
            chart = clinic.examine("process")
        finally:
            redis.hset(worker, "last_heartbeat", beat)
    assert "every request stays “planning”" in told(chart, "process.alive", "worker-lookup")


def test_a_sweeper_that_stands_still(patient: Clinic, redis: Any) -> None:
    redis.set(keys.SWEEPER, "somebody", px=20_000)
    assert "problem process.alive sweep" not in patient.examine("process").wrong
    redis.delete(keys.SWEEPER)
    assert "problem process.alive sweep" in patient.examine("process").wrong


def test_work_that_is_halted(patient: Clinic, redis: Any) -> None:
    anchors = Anchors(redis, Transactions.over(redis, 5))
    anchors.halt("Redis does not hold audit entry 7; restore it from a backup.", utc_now())
    said = told(patient.examine("audit"), "audit.halt")
    assert "Nothing is removed or collected since" in said
    assert "Restore it from a backup" in said


Spoil = Callable[[Any], object]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda redis: redis.xadd(keys.AUDIT, {"entry": "{}"}),
        lambda redis: redis.hset(keys.AUDIT_HEAD, mapping={"sequence": 7, "hash": "0" * 64}),
    ],
    ids=["added", "head moved"],
)
def test_an_audit_chain_that_was_changed(patient: Clinic, redis: Any, spoil: Spoil, tmp_path: Path) -> None:
    assert patient.examine("audit").wrong == []
    spoil(redis)
    said = told(patient.examine("audit"), "audit.chain")
    assert "find out who can write to Redis" in said


def test_an_audit_chain_that_was_signed_with_a_key_which_was_taken_away(patient: Clinic, redis: Any) -> None:
    opened(Store.open(redis, KEYS))
    said = told(patient.with_environment(REGCLEAN_SIGNING_KEY="n" * 32).examine("audit"), "audit.chain")
    assert "No known key vouches for audit entry 1 and what follows" in said
    assert "Put that key back behind the new one" in said


def test_without_a_key_only_the_hashes_of_an_audit_chain_are_looked_at(patient: Clinic) -> None:
    chart = patient.with_environment(REGCLEAN_SIGNING_KEY=None).examine("audit")
    assert chart.wrong == []
    assert "without a key nothing more is known" in chart.of("audit.chain").verdict.finding
