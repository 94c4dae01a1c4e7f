"""The container engines of the bench: registries run in them, and nothing outlives them."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from demo.parts import remote
from demo.parts.engine import EngineProcess
from demo.parts.errors import PartMissingError
from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.registry import answers
from tests.conftest import MakeContainer


def test_a_registry_in_a_container_keeps_its_images_in_its_folder(
    engine: EngineProcess, make_container: MakeContainer, registry_version: str
) -> None:
    container = make_container(engine, registry_version)
    digest = remote.push(container.url, "app", "1", image(Layer("a", 100)))

    container.stop()
    assert not answers(container.url)
    container.start()

    assert remote.pull(container.url, "app", "1").digest == digest
    assert (container.storage_root / "docker/registry/v2/repositories/app/_manifests/tags/1").is_dir()
    assert container.state["Running"]


def test_a_replaced_container_is_another_one_that_is_not_started(
    engine: EngineProcess, make_container: MakeContainer
) -> None:
    container = make_container(engine)
    before = container.id

    assert container.replace() != before
    assert container.state["Status"] == "created"
    assert not answers(container.url)


def test_an_engine_comes_back_with_its_containers(tmp_path: Path, make_container: MakeContainer) -> None:
    with EngineProcess(tmp_path / "engine") as engine:
        container = make_container(engine)
        engine.kill()
        assert not answers(container.url)
        engine.restart()
        assert wait_until(lambda: answers(container.url), seconds=20)
        container.remove()


HOLD = """
import pathlib, sys, time
from demo.parts.engine import EngineProcess
from demo.parts.registry_container import RegistryContainer, Wanted, registry_image
place = pathlib.Path(sys.argv[1])
engine = EngineProcess(place / "engine", sys.argv[2])
with engine.client() as client:
    name = registry_image(client, "2.8.2")
print(engine.socket.parent, flush=True)
print(RegistryContainer(engine, Wanted(version="2.8.2", image=name, storage=place / "storage")).url, flush=True)
time.sleep(60)
"""


def test_containers_end_with_whoever_started_their_engine(engine: EngineProcess, tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", HOLD, str(tmp_path), engine.kind]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        run, url = holder.stdout.readline().strip(), holder.stdout.readline().strip()
        assert answers(url)
        os.kill(holder.pid, signal.SIGKILL)
    assert wait_until(lambda: not answers(url), seconds=10)
    shutil.rmtree(run)


def test_what_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(PartMissingError, match="run the tests as root"):
            EngineProcess(tmp_path)
    monkeypatch.setattr("shutil.which", lambda *_args, **_kwargs: None)
    with pytest.raises(PartMissingError, match="There is no podman on this machine: install podman"):
        EngineProcess(tmp_path, "podman")
