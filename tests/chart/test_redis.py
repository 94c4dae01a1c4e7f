"""The chart's own Redis, really started as the chart says: durable, with few rights, and enough for real workers."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError, RedisError

from demo.parts import binaries
from demo.parts.errors import PartMissingError
from demo.parts.processes import Command, KeptProcess, free_port, wait_until
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.bench import Bench, config, document, settings
from tests.chart.chart import Helm
from tests.crew import CLI, Crew, eventually
from workers.core.request import State

PASSWORD = "not-a-real-redis-password"


@dataclass(frozen=True, slots=True)
class Pod:
    """The Redis pod's program, arguments and files, moved to a folder and a port of this machine."""

    arguments: tuple[str, ...]
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def start(self) -> KeptProcess:
        log, pid_file = self.folder / "redis.log", self.folder / "redis.pid"
        process = KeptProcess(Command(arguments=self.arguments, log=log, pid_file=pid_file), revive=False)
        process.start()
        if not wait_until(self.answers, seconds=20):
            process.kill()
            pytest.fail(log.read_text())
        return process

    def answers(self) -> bool:
        with Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False


@pytest.fixture
def pod(helm: Helm, tmp_path: Path, missing_part: Callable[[str], NoReturn]) -> Pod:
    rendered = helm.render("http")
    container = rendered.container("redis")
    port = free_port()
    data = tmp_path / "data"
    data.mkdir()
    conf = tmp_path / "redis.conf"
    text = rendered.one("ConfigMap", "redis")["data"]["redis.conf"]
    conf.write_text(text.replace("dir /data", f"dir {data}").replace("port 6379", f"port {port}\nbind 127.0.0.1"))
    try:
        program = str(binaries.redis_binary())
    except PartMissingError as missing:
        missing_part(str(missing))
    assert container["command"] == ["valkey-server", "/etc/redis/redis.conf"]
    given = [each.replace("$(REDIS_PASSWORD)", PASSWORD) for each in container["args"]]
    return Pod((program, str(conf), *given), tmp_path, port)


@pytest.fixture
def redis(pod: Pod) -> Iterator[Redis]:
    process = pod.start()
    try:
        with Redis.from_url(pod.url, decode_responses=True) as client:
            yield client
    finally:
        process.kill()


def test_what_was_answered_is_there_after_a_crash(pod: Pod) -> None:
    process = pod.start()
    try:
        with Redis.from_url(pod.url) as client:
            client.set("rc:request:1", "approved")
    finally:
        process.kill()
    process = pod.start()
    try:
        with Redis.from_url(pod.url) as client:
            assert client.get("rc:request:1") == b"approved"
    finally:
        process.kill()


def test_it_says_that_it_is_durable_and_throws_nothing_away(redis: Redis) -> None:
    assert redis.info("persistence")["aof_enabled"] == 1
    assert redis.info("memory")["maxmemory_policy"] == "noeviction"


@pytest.mark.parametrize(
    "command",
    [
        ("CONFIG", "SET", "dir", "/tmp"),
        ("FLUSHALL",),
        ("SHUTDOWN",),
        ("ACL", "LIST"),
        ("KEYS", "*"),
        ("MODULE", "LIST"),
        ("REPLICAOF", "127.0.0.1", "1"),
        ("SET", "other:key", "1"),
        ("PUBLISH", "other", "1"),
    ],
    ids=" ".join,
)
def test_it_lets_nobody_configure_or_empty_it(redis: Redis, command: tuple[str, ...]) -> None:
    with pytest.raises(NoPermissionError):
        redis.execute_command(*command)


def test_the_probe_sees_whether_it_answers(redis: Redis, pod: Pod, missing_part: Callable[[str], NoReturn]) -> None:
    probe = Path(pod.arguments[0].replace("-server", "-cli"))
    if not probe.exists():
        missing_part("There is no redis-cli on this machine: install `redis-tools`.")
    assert redis.ping()
    codes = {
        password: subprocess.run(
            [probe, "-e", "-p", str(pod.port), "ping"],
            env=os.environ | {"REDISCLI_AUTH": password},
            capture_output=True,
            check=False,
        ).returncode
        for password in (PASSWORD, "wrong")
    }
    assert codes[PASSWORD] == 0
    assert codes["wrong"] != 0


def test_keda_s_script_counts_lists_and_sorted_sets(redis: Redis) -> None:
    """As KEDA's redis trigger counts: by the key's type, in one script."""
    script = "return redis.call(({zset='zcard', list='llen', none='llen'})[redis.call('type', KEYS[1]).ok], KEYS[1])"
    redis.rpush("rq:queue:clean", "one", "two")
    redis.zadd("rq:wip:clean", {"three": 1})
    keys = ("rq:queue:clean", "rq:wip:clean", "rq:queue:none")
    assert [redis.eval(script, 1, key) for key in keys] == [2, 1, 0]


def test_its_rights_are_enough_and_probes_see_every_process_alive(
    redis: Redis, pod: Pod, sample_registry: RegistryProcess, tmp_path: Path
) -> None:
    assert redis.ping()
    processes = (("worker", "lookup"), ("worker", "clean"), ("worker", "gc"), ("sweep",))
    with Crew(tmp_path / "crew", document(settings(sample_registry)), pod.url) as crew:
        for words in processes:
            crew.start(*words, REGCLEAN_HEARTBEAT_FILE=str(tmp_path / words[-1]))
        eventually(lambda: all(is_alive(tmp_path / words[-1]) for words in processes), 60)
        bench = Bench(config(settings(sample_registry)), pod.url)
        request_id = bench.ask("demo/nginx:1.26")
        eventually(lambda: bench.request(request_id).state is State.PENDING, 30)
        bench.approve(request_id)
        eventually(lambda: bench.request(request_id).state is State.DONE, 30)
        assert examined(crew) == {"fine"}
    with Remote(sample_registry.url) as remote:
        assert "1.26" not in remote.tags("demo/nginx")


def examined(crew: Crew) -> set[str]:
    """What the doctor finds in this Redis, as levels."""
    command = [*CLI, "doctor", "--only", "redis", "--json"]
    done = subprocess.run(command, env=crew.environment, capture_output=True, text=True, check=False)
    return {each["level"] for each in json.loads(done.stdout)["findings"]}


def is_alive(heartbeat: Path) -> bool:
    """What the probe of a pod asks."""
    command = [*CLI, "alive", "--within", "60"]
    environment = {"PATH": os.environ["PATH"], "REGCLEAN_HEARTBEAT_FILE": str(heartbeat)}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0
