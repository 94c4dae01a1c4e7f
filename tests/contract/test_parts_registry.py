"""The registry bench: real registries come up, come back, and leave nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from demo.parts import binaries, remote, sample
from demo.parts.errors import PartStartError
from demo.parts.images import Layer, image
from demo.parts.processes import free_port, wait_until
from demo.parts.registry import RegistryProcess
from demo.parts.registry_config import RegistrySettings
from tests.conftest import MakeRegistry


def runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_serves_the_version_it_was_asked_for(registry: RegistryProcess, registry_version: str) -> None:
    assert registry.version == registry_version
    assert binaries.registry_version(registry.folder / "registry") == registry_version
    assert httpx.get(f"{registry.url}/v2/").status_code == 200
    assert registry.url == f"http://{registry.host}"


def test_comes_back_with_its_content_after_a_crash(registry: RegistryProcess) -> None:
    digest = remote.push(registry.url, "app", "1", image(Layer("a", 100)))
    before = registry.pid
    registry.crash()
    assert registry.pid != before
    assert remote.pull(registry.url, "app", "1").digest == digest


@pytest.mark.parametrize("end", [RegistryProcess.stop, RegistryProcess.kill])
def test_leaves_no_process_when_ended(registry: RegistryProcess, end: object) -> None:
    pid = registry.pid
    assert pid is not None
    assert runs(pid)
    end(registry)  # type: ignore[operator]  # an unbound method
    assert not runs(pid)
    assert registry.pid is None
    assert not (registry.folder / "registry.pid").exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{registry.url}/v2/")


def test_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time; from demo.parts.registry import RegistryProcess;"
        "print(RegistryProcess(pathlib.Path(sys.argv[1])).pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert runs(pid)
        parent.kill()
    assert wait_until(lambda: not _is_alive(pid), seconds=5)


def _is_alive(pid: int) -> bool:
    """Not gone, and not a zombie that nobody has waited for yet."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_taken_port_is_told_with_the_registrys_own_words(make_registry: MakeRegistry, tmp_path: Path) -> None:
    first = make_registry()
    with pytest.raises(PartStartError, match="address already in use"):
        make_registry(RegistrySettings(port=first.port), folder=tmp_path)


def test_listens_where_it_is_told(make_registry: MakeRegistry, registry_version: str) -> None:
    port = free_port("::1")
    registry = make_registry(RegistrySettings(host="::1", port=port), version=registry_version)
    assert registry.host == f"[::1]:{port}"
    assert remote.push(registry.url, "app", "1", image(Layer("a", 10))).startswith("sha256:")


def test_asks_for_user_and_password(make_registry: MakeRegistry, registry_version: str) -> None:
    registry = make_registry(RegistrySettings(user="ci", password="s3cret"), version=registry_version)
    stranger = httpx.get(f"{registry.url}/v2/_catalog")
    assert stranger.status_code == 401
    assert stranger.headers["WWW-Authenticate"].startswith("Basic realm=")
    sample.seed(registry.url, ("ci", "s3cret"))
    assert remote.catalog(registry.url, ("ci", "s3cret")) == ["demo/nginx", "library/busybox", "registry"]


def test_environment_is_cleaned() -> None:
    assert not [name for name in os.environ if name.startswith(("SLACK_", "REGCLEAN_"))]
