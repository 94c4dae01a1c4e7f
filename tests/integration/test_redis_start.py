"""What each process makes of Redis' settings when it starts: refused, warned about, could not be checked, or fine."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from structlog.testing import capture_logs

from bot.app import serve
from demo.parts.processes import free_port
from demo.parts.redis import RedisProcess
from demo.workspace import RunningWorkspace, WorkspaceSettings, running_workspace
from tests import sentences
from tests.bench import document
from tests.crew import Crew, eventually
from tests.office import configuration, settings_for
from workers.core.errors import BadInput, RegcleanError, Unavailable
from workers.store.connection import Patience, connect
from workers.store.starting import ALLOW_VOLATILE, Unfit, allows_volatile, check

HURRIED = Patience(timeout=2, retries=0, cap=0.01)
NOWHERE = {"name": "sample", "url": "http://127.0.0.1:9", "plain_http": True}
PEOPLE = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisProcess) -> Iterator[RedisProcess]:
    with RedisProcess(tmp_path_factory.mktemp("durable")) as running:
        yield running


@pytest.fixture
def operator(server: RedisProcess) -> Iterator[Any]:
    """Its operator's own connection; the settings are as they should be again when the test ends."""
    good = {"appendonly": "yes", "appendfsync": "always", "maxmemory": "0", "maxmemory-policy": "noeviction"}
    with closing(Redis.from_url(server.url)) as client:
        yield client
        client.replicaof("NO", "ONE")
        client.config_set("replica-read-only", "yes")
        client.config_set("min-replicas-to-write", 0)
        for name, value in good.items():
            client.config_set(name, value)


@pytest.fixture
def workspace() -> Iterator[RunningWorkspace]:
    with running_workspace(WorkspaceSettings()) as running:
        yield running


def look(url: str, *, allow_volatile: bool = False) -> list[tuple[str, str, str]]:
    """Check it as a process does at its start; level, event and finding of each line that was logged."""
    with capture_logs() as logged, closing(connect(url, HURRIED)) as redis:
        check(redis, allow_volatile=allow_volatile)
    for line in logged:
        sentences.check_text(f"{line['finding']} {line['consequence']} {line['remedy']}")
    return [(line["log_level"], line["event"], line["finding"]) for line in logged]


def test_a_durable_redis_is_fine_and_nothing_is_said(server: RedisProcess, operator: Any) -> None:
    assert look(server.url) == []
    assert operator.keys("rc:*") == []


LOSING: dict[str, tuple[dict[str, str], str]] = {
    "no append-only file": ({"appendonly": "no"}, "requests, approvals and audit entries since the last snapshot are"),
    "no fsync": ({"appendfsync": "no"}, "A power failure loses half a minute"),
    "eviction": ({"maxmemory": "100mb", "maxmemory-policy": "allkeys-lru"}, "vanish without a word"),
    "eviction of locks": ({"maxmemory": "100mb", "maxmemory-policy": "volatile-ttl"}, "vanish without a word"),
}


@pytest.mark.parametrize(("settings", "lost"), LOSING.values(), ids=LOSING)
def test_what_would_lose_decisions_without_a_word_is_refused(
    server: RedisProcess, operator: Any, settings: dict[str, str], lost: str
) -> None:
    for name, value in settings.items():
        operator.config_set(name, value)
    with pytest.raises(Unfit, match=lost) as caught:
        look(server.url)
    assert "set REGCLEAN_ALLOW_VOLATILE_REDIS=1" in caught.value.sentence
    for sentence in caught.value.sentence.splitlines():
        sentences.check_text(sentence)
    ((level, event, _),) = look(server.url, allow_volatile=True)
    assert (level, event) == ("error", "redis.volatile")


def test_everything_that_is_wrong_is_told_at_once(server: RedisProcess, operator: Any) -> None:
    for name, value in {"appendonly": "no", "appendfsync": "no"}.items():
        operator.config_set(name, value)
    with pytest.raises(Unfit) as caught:
        look(server.url)
    assert len(caught.value.sentence.splitlines()) == 3


WARNED: dict[str, tuple[dict[str, str], str, str]] = {
    "everysec": ({"appendfsync": "everysec"}, "redis.some", "once a second"),
    "would evict": ({"maxmemory-policy": "allkeys-lfu"}, "redis.some", "maxmemory-policy is allkeys-lfu"),
    "full": ({"maxmemory": "1"}, "redis.stopped", "takes no writes (command not allowed"),
    "too few replicas": ({"min-replicas-to-write": "1"}, "redis.stopped", "takes no writes (NOREPLICAS"),
}


@pytest.mark.parametrize(("settings", "event", "words"), WARNED.values(), ids=WARNED)
def test_what_loses_little_or_says_so_itself_is_warned_about_in_one_line(
    server: RedisProcess, operator: Any, settings: dict[str, str], event: str, words: str
) -> None:
    for name, value in settings.items():
        operator.config_set(name, value)
    ((level, said, finding),) = look(server.url)
    assert (level, said) == ("warning", event)
    assert words in finding


@pytest.mark.parametrize("read_only", ["yes", "no"])
def test_a_replica_is_refused_whatever_is_allowed(server: RedisProcess, operator: Any, read_only: str) -> None:
    operator.config_set("replica-read-only", read_only)
    operator.replicaof("127.0.0.1", free_port("127.0.0.1"))
    with pytest.raises(Unfit, match="replica") as caught:
        look(server.url, allow_volatile=True)
    sentences.check(caught.value)


def as_user(server: RedisProcess, operator: Any, *rules: str) -> str:
    operator.acl_setuser("limited", reset=True, enabled=True, passwords=["+planted"], keys=["*"], channels=["*"])
    operator.execute_command("ACL", "SETUSER", "limited", *rules)
    return server.url.replace("redis://", "redis://limited:planted@")


def test_what_a_user_may_not_see_could_not_be_checked_and_is_no_reason_to_stop(
    server: RedisProcess, operator: Any
) -> None:
    said = look(as_user(server, operator, "+@all", "-config", "-info"))
    assert [(level, event) for level, event, _ in said] == [("warning", "redis.unseen")] * 4
    assert all(finding.startswith("Could not check ") for _, _, finding in said)


def test_a_redis_that_has_no_config_command_could_not_be_checked(server: RedisProcess, operator: Any) -> None:
    ((_, event, finding),) = look(as_user(server, operator, "+@all", "-config"))
    assert event == "redis.unseen"
    assert "appendfsync" in finding


def test_a_user_who_may_not_write_is_refused(server: RedisProcess, operator: Any) -> None:
    with pytest.raises(Unfit, match="does not let this user write"):
        look(as_user(server, operator, "+@all", "-set"), allow_volatile=True)


def test_a_redis_that_is_away_is_no_finding() -> None:
    with pytest.raises(Unavailable):
        look(f"redis://127.0.0.1:{free_port('127.0.0.1')}/0")


@pytest.mark.parametrize(("value", "allowed"), [("", False), ("0", False), ("1", True)])
def test_the_operator_s_word(value: str, allowed: bool) -> None:
    assert allows_volatile({ALLOW_VOLATILE: value}) is allowed
    assert allows_volatile({}) is False


def test_the_operator_s_unclear_word() -> None:
    with pytest.raises(BadInput, match="is “perhaps”; set it to 1") as caught:
        allows_volatile({ALLOW_VOLATILE: "perhaps"})
    sentences.check(caught.value)


ROOMS = {"a worker": ("worker", "clean"), "replies": ("replies",), "the sweeper": ("sweep",), "the bot": ("bot",)}


def test_no_process_starts_with_a_redis_that_forgets(redis_url: str, tmp_path: Path) -> None:
    with Crew(tmp_path / "crew", document(NOWHERE), redis_url) as crew:
        members = [crew.start(*words, **PEOPLE, PORT="0", **{ALLOW_VOLATILE: ""}) for words in ROOMS.values()]
        for member in members:
            member.ends()
            assert member.process.returncode == 2, member.said
            assert "appendonly is no" in member.said
            assert "Traceback" not in member.said


def test_up_says_it_once_and_starts_nothing(redis_url: str, tmp_path: Path) -> None:
    with Crew(tmp_path / "crew", document(NOWHERE), redis_url) as crew:
        up = crew.start("up", "--data-dir", str(tmp_path / "data"), **PEOPLE, PORT="0", **{ALLOW_VOLATILE: ""})
        up.ends()
        assert up.process.returncode == 2
        assert up.said.count("appendonly is no") == 1


def test_an_operator_who_accepts_that_is_told_so_at_each_start(redis_url: str, tmp_path: Path) -> None:
    with Crew(tmp_path / "crew", document(NOWHERE), redis_url) as crew:
        sweeper = crew.start("sweep", REGCLEAN_HEARTBEAT_FILE=str(tmp_path / "beat"), **{ALLOW_VOLATILE: "1"})
        eventually((tmp_path / "beat").exists, 30)
        assert sweeper.runs
        assert '"redis.volatile"' in sweeper.said


async def test_a_bot_that_starts_before_redis_looks_at_it_as_soon_as_it_answers(
    tmp_path: Path, workspace: RunningWorkspace
) -> None:
    with RedisProcess(tmp_path / "redis", durable=False) as forgetful:
        forgetful.stop()
        settings = replace(settings_for(workspace, forgetful.url, "socket"), allow_volatile=False)
        serving = asyncio.create_task(serve(settings, configuration(), asyncio.Event()))
        await asyncio.to_thread(workspace.wait_connected)
        assert not serving.done()
        await asyncio.to_thread(forgetful.restart)
        with pytest.raises(RegcleanError, match="appendonly is no"):
            await asyncio.wait_for(serving, 20)
