"""The operator's commands do to a real registry what their names say."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.parts import remote
from demo.parts.collector import CollectorBusyError, collector_pid, hold_as_collector, stop_collector
from demo.parts.errors import RemoteError
from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.registry import RegistryProcess


def control(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, "-m", "demo.parts.registryctl", folder, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def sleeping_collector(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A collector that takes a minute, in a folder that no registry uses: the lock alone is looked at."""
    script = (
        "import os, pathlib, sys; from demo.parts.collector import hold_as_collector;"
        "hold_as_collector(pathlib.Path(sys.argv[1])); os.execvp('sleep', ['sleep', '60'])"
    )
    with subprocess.Popen([sys.executable, "-c", script, tmp_path]) as process:
        assert wait_until(lambda: collector_pid(tmp_path) == process.pid, seconds=10)
        yield process
        process.kill()


def test_read_only_refuses_writes_until_it_is_taken_back(registry: RegistryProcess) -> None:
    assert control(registry.folder, "read-only-on").returncode == 0
    with pytest.raises(RemoteError, match="answered 405"):
        remote.push(registry.url, "app", "1", image(Layer("a", 100)))
    assert control(registry.folder, "read-only-off").returncode == 0
    assert remote.push(registry.url, "app", "1", image(Layer("a", 100)))


def test_read_only_twice_is_fine(registry: RegistryProcess) -> None:
    assert control(registry.folder, "read-only-on").returncode == 0
    before = registry.pid
    assert control(registry.folder, "read-only-on").returncode == 0
    assert registry.pid != before, "the running process may not have read the configuration that stands there"


def test_restart_puts_another_process_in_place(registry: RegistryProcess) -> None:
    before = registry.pid
    answer = control(registry.folder, "restart")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert registry.pid not in {before, None}
    assert remote.catalog(registry.url) == []


def test_collect_prints_what_the_registry_prints_and_frees_space(registry: RegistryProcess) -> None:
    with remote.Remote(registry.url) as client:
        digest = client.push("app", "1", image(Layer("a", 5000))).digest
        client.delete("app", digest)
    planned = control(registry.folder, "collect", "--dry-run")
    assert planned.returncode == 0
    assert "0 blobs marked, 3 blobs and 0 manifests eligible for deletion" in planned.stdout
    assert _stored_bytes(registry) > 5000
    done = control(registry.folder, "collect")
    assert done.returncode == 0
    assert "3 blobs and 0 manifests eligible for deletion" in done.stdout
    assert _stored_bytes(registry) < 5000


def _stored_bytes(registry: RegistryProcess) -> int:
    return sum(path.stat().st_size for path in registry.storage_root.rglob("data"))


def test_collect_gives_the_registrys_exit_code(registry: RegistryProcess) -> None:
    """A registry that was never pushed to has no `repositories` folder, and collecting it fails."""
    answer = control(registry.folder, "collect", "--dry-run")
    assert answer.returncode == 1
    assert "failed to garbage collect" in answer.stderr
    assert control(registry.folder, "is-collecting").returncode == 1


def test_a_running_collector_is_seen_and_stopped(tmp_path: Path, sleeping_collector: subprocess.Popen[bytes]) -> None:
    (tmp_path / "config.yml").touch()
    assert control(tmp_path, "is-collecting").returncode == 0
    assert (tmp_path / "collector.pid").read_text() == f"{sleeping_collector.pid}\n"
    assert control(tmp_path, "stop-collector").returncode == 0
    assert sleeping_collector.wait(timeout=5) == -9
    assert control(tmp_path, "is-collecting").returncode == 1


def test_a_second_collector_is_refused(tmp_path: Path, sleeping_collector: subprocess.Popen[bytes]) -> None:
    with pytest.raises(CollectorBusyError, match="running already"):
        hold_as_collector(tmp_path)
    assert collector_pid(tmp_path) == sleeping_collector.pid


def test_stopping_where_none_runs_is_done_at_once(registry: RegistryProcess) -> None:
    began = time.monotonic()
    assert stop_collector(registry.folder) is False
    assert control(registry.folder, "stop-collector").returncode == 0
    assert time.monotonic() - began < 5


def test_stopping_the_registry_ends_its_collector(registry: RegistryProcess) -> None:
    """The stand-in takes the program's place: collecting so small a registry would be over before anybody looks."""
    program = registry.folder / "registry"
    program.unlink()
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    command: list[str | Path] = [sys.executable, "-m", "demo.parts.registryctl", registry.folder, "collect"]
    with subprocess.Popen(command) as process:
        assert wait_until(lambda: collector_pid(registry.folder) == process.pid, seconds=10)
        registry.stop()
        assert process.wait(timeout=5) == -9


@pytest.mark.parametrize("words", [(), ("explode",), ("collect", "--wet-run"), ("restart", "now")])
def test_wrong_usage_is_told(empty_registry: RegistryProcess, words: tuple[str, ...]) -> None:
    answer = control(empty_registry.folder, *words)
    assert answer.returncode == 2
    assert answer.stderr.startswith("Usage: python -m demo.parts.registryctl FOLDER read-only-on | ")


def test_a_folder_without_a_registry_is_told(tmp_path: Path) -> None:
    answer = control(tmp_path, "restart")
    assert (answer.returncode, answer.stderr) == (
        2,
        f"There is no registry in {tmp_path}: it holds no config.yml.\n",
    )


def test_a_stopped_registry_cannot_be_restarted(empty_registry: RegistryProcess) -> None:
    empty_registry.stop()
    answer = control(empty_registry.folder, "restart")
    assert answer.returncode == 1
    assert answer.stderr == f"No registry runs in {empty_registry.folder}: start it first.\n"
