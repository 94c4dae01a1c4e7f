"""Parts of the gc runner `docker` that need no engine: what a configuration says, what is judged, what is joined."""

import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, cast

import pytest
from requests import Response

from workers.config import DockerRunnerSettings
from workers.core.errors import CollectorError
from workers.gc.docker import files
from workers.gc.docker.container import RegistryContainer
from workers.gc.docker.engine import Details, Engine, State
from workers.gc.docker.frames import frames
from workers.gc.docker.one_shot import Errand, OneShot
from workers.gc.docker.reports import judged
from workers.gc.docker.served import Served
from workers.gc.docker.token import Token

FILESYSTEM = "storage: {filesystem: {rootdirectory: /data}, delete: {enabled: true}, cache: {blobdescriptor: inmemory}}"
S3 = "storage: {s3: {bucket: b}, delete: {enabled: true}}"


def registry(*environment: str, words: tuple[str, ...] = (), **host: Any) -> RegistryContainer:
    networks: dict[str, Any] = {"edge": {}, "back": {}, "more": {}}
    details = {
        "Id": "1" * 64,
        "Image": "sha256:2",
        "Path": words[0] if words else "/bin/registry",
        "Args": list(words[1:]),
        "Config": {"Env": list(environment), "User": "registry", "WorkingDir": "/work"},
        "HostConfig": {"NetworkMode": "edge", **host},
        "NetworkSettings": {"Networks": networks},
    }
    return RegistryContainer("registry", details)


@dataclass
class FakeEngine:
    """Keeps what is asked of it; one container at a time is there."""

    made: list[Details] = field(default_factory=list)
    joined: list[tuple[str, str]] = field(default_factory=list)
    there: bool = False

    def create(self, _name: str, config: Details) -> str:
        self.made.append(config)
        self.there = True
        return "3" * 64

    def join(self, network: str, container: str) -> None:
        self.joined.append((network, container))

    def remove(self, _container: str) -> None:
        self.there = False

    def inspect(self, _container: str) -> Details | None:
        return {"State": {"Status": "created", "ExitCode": 0}} if self.there else None


def described(errand: Errand, **host: Any) -> tuple[Details, list[str]]:
    engine = FakeEngine()
    with OneShot.prepared(cast("Engine", engine), registry("A=b", **host), errand):
        pass
    assert not engine.there
    return engine.made[0], [network for network, _ in engine.joined]


def test_a_registry_in_the_filesystem_is_collected_without_any_network() -> None:
    made, joined = described(Errand(task="collect", program="registry", arguments=("x",), writes=True))
    assert (made["HostConfig"]["NetworkMode"], joined) == ("none", [])


def test_a_registry_elsewhere_is_collected_on_all_its_networks() -> None:
    made, joined = described(Errand(task="collect", program="registry", arguments=("x",), offline=False))
    assert (made["HostConfig"]["NetworkMode"], joined) == ("edge", ["back", "more"])


@pytest.mark.parametrize("mode", ["host", "bridge", "container:other"])
def test_a_network_mode_that_is_no_network_of_its_own_is_taken_over(mode: str) -> None:
    made, joined = described(Errand(task="dry-run", program="registry", arguments=(), offline=False), NetworkMode=mode)
    assert (made["HostConfig"]["NetworkMode"], joined) == (mode, [])


def test_another_image_gets_nothing_of_the_registrys_environment() -> None:
    made, _ = described(Errand(task="storage", program="find", arguments=(), image="busybox", user="0:0"))
    assert (made["Image"], made["Env"], made["User"], made["WorkingDir"]) == ("busybox", [], "0:0", "")


def test_what_went_wrong_first_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_self: object, _container: str) -> None:
        raise CollectorError("The engine is away.")

    monkeypatch.setattr(FakeEngine, "remove", away)
    errand = Errand(task="collect", program="registry", arguments=())
    engine = cast("Engine", FakeEngine())
    with pytest.raises(CollectorError, match="no space left"), OneShot.prepared(engine, registry(), errand):
        raise CollectorError("no space left")
    with pytest.raises(CollectorError, match="The engine is away"), OneShot.prepared(engine, registry(), errand):
        pass


@pytest.mark.parametrize(
    ("status", "running", "waiting", "ended"),
    [
        ("created", False, True, False),
        ("initialized", False, True, False),
        ("running", True, False, False),
        ("paused", True, False, False),
        ("restarting", True, False, False),
        ("removing", True, False, False),
        ("stopped", False, False, True),
        ("exited", False, False, True),
        ("dead", False, False, True),
        ("a state of tomorrow", True, False, False),
    ],
)
def test_only_what_is_known_to_have_ended_counts_as_ended(
    status: str, running: bool, waiting: bool, ended: bool
) -> None:
    state = State.of({"State": {"Status": status, "ExitCode": 0}})
    assert (state.running, state.waiting, state.ended) == (running, waiting, ended)


def served(monkeypatch: pytest.MonkeyPatch, content: str, container: RegistryContainer, **settings: Any) -> Served:
    file = files.File(member=tarfile.TarInfo("config.yml"), content=content.encode())
    monkeypatch.setattr(files, "read", lambda _engine, _container, _path: file)
    wanted = DockerRunnerSettings(runner="docker", container="registry", **settings)
    return Served.of(cast("Engine", None), container, wanted)


@pytest.mark.parametrize(
    ("content", "environment", "root"),
    [
        (FILESYSTEM, (), "/data"),
        ("storage: {filesystem: {}}", (), "/var/lib/registry"),
        ("storage: {filesystem: }", (), "/var/lib/registry"),
        ("storage: filesystem", (), "/var/lib/registry"),
        (FILESYSTEM, ("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/mnt",), "/mnt"),
        (S3, (), None),
        ("storage: inmemory", (), None),
        (FILESYSTEM, ("REGISTRY_STORAGE=s3",), None),
        (S3, ("REGISTRY_STORAGE=filesystem",), "/var/lib/registry"),
        ("storage: {delete: {enabled: true}}", (), None),
    ],
)
def test_where_a_registry_keeps_its_images(
    monkeypatch: pytest.MonkeyPatch, content: str, environment: tuple[str, ...], root: str | None
) -> None:
    found = served(monkeypatch, content, registry(*environment)).root
    assert found == (PurePosixPath(root) if root else None)


@pytest.mark.parametrize("content", ["version: 0.1", "storage: 3", "[]", ""])
def test_a_configuration_without_storage_is_refused(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    with pytest.raises(CollectorError, match=r"names no storage; correct it, or config_path\."):
        served(monkeypatch, content, registry())


def test_a_configuration_that_is_no_yaml_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CollectorError, match="is not YAML"):
        served(monkeypatch, "{", registry())


@pytest.mark.parametrize(
    ("words", "environment", "settings", "path"),
    [
        (("registry", "serve", "/etc/own.yml"), (), {}, "/etc/own.yml"),
        (("/entrypoint.sh", "/etc/distribution/config.yaml"), (), {}, "/etc/distribution/config.yaml"),
        (("registry", "serve"), ("REGISTRY_CONFIGURATION_PATH=/etc/env.yml",), {}, "/etc/env.yml"),
        (("registry", "serve", "own.yml"), (), {}, "/etc/docker/registry/config.yml"),
        (("registry", "serve", "/etc/own.yml"), (), {"config_path": "/etc/told.yml"}, "/etc/told.yml"),
    ],
)
def test_which_configuration_a_registry_has(
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    environment: tuple[str, ...],
    settings: dict[str, str],
    path: str,
) -> None:
    assert served(monkeypatch, FILESYSTEM, registry(*environment, words=words), **settings).path == path


@dataclass
class Said:
    """A program that ended."""

    output: str
    code: int = 0
    reason: str = "it did not say why"

    def lines(self) -> Iterator[str]:
        return iter(self.output.splitlines())


@pytest.mark.parametrize("size", [0, 1, 512, 513])
def test_an_archive_of_one_file_ends_where_its_reader_does(size: int) -> None:
    member = tarfile.TarInfo("elsewhere.yml")
    member.size, member.mode, member.uid = size, 0o640, 65_532
    archive = files.archived("/etc/registry/config.yml", files.File(member=member, content=b"x" * size))
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        (read,) = members.getmembers()
        content = members.extractfile(read)
        assert content is not None
        assert (read.name, read.mode, read.uid) == ("etc/registry/config.yml", 0o640, 65_532)
        assert content.read() == b"x" * size
    assert len(archive) == 512 + -(-size // 512) * 512 + 1024


def test_a_report_has_to_be_whole() -> None:
    with pytest.raises(CollectorError, match=r"no summary line.* It also said: disk full\."):
        judged("registry", Said("a/one", reason="disk full"))


def test_a_collector_that_deletes_manifests_by_itself_is_refused() -> None:
    digest = "sha256:" + "a" * 64
    said = f"0 blobs marked, 0 blobs and 1 manifests eligible for deletion\nmanifest eligible for deletion: {digest}"
    with pytest.raises(CollectorError, match="deletes manifests although it was not told to"):
        judged("registry", Said(said))


def answer(body: bytes) -> Response:
    made = Response()
    made.raw = io.BytesIO(body)
    return made


def frame(stream: int, part: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(part).to_bytes(4, "big") + part


def test_frames_are_told_apart() -> None:
    body = frame(1, b"out") + frame(2, b"err") + frame(1, b"") + frame(1, b"put\n")
    assert list(frames(answer(body))) == [(1, b"out"), (2, b"err"), (1, b""), (1, b"put\n")]
    assert list(frames(answer(b""))) == []


@pytest.mark.parametrize("cut", range(1, len(frame(1, b"out"))))
def test_a_frame_that_is_cut_off_is_no_end(cut: int) -> None:
    whole = frame(1, b"out")
    with pytest.raises(EOFError):
        list(frames(answer(whole + whole[:cut])))


def test_a_token_is_read_as_it_was_written() -> None:
    token = Token(engine="ID:/var/lib/docker", container="3" * 64, execution="4", started="2026-01-01T00:00:00Z")
    assert Token.parse(str(token)) == token
