"""The gc runner `docker`: what it refuses or cannot do, each told in one clear sentence."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demo.parts.binaries import OLD_REGISTRY
from demo.parts.engine import EngineProcess
from demo.parts.processes import free_port
from demo.parts.registry_container import registry_image
from tests.conftest import GetEngine, MakeContainer
from tests.contract.operated import executing, opened
from tests.integration.docker_runners import Contained, contained
from workers.core.errors import CollectorError
from workers.gc.runner import Runner

pytestmark = pytest.mark.registry


@pytest.fixture
def engine(get_engine: GetEngine) -> EngineProcess:
    return get_engine()


@pytest.fixture
def registry(engine: EngineProcess, make_container: MakeContainer) -> Contained:
    return contained(engine, make_container)


def refusal(does: Callable[[], object]) -> str:
    with pytest.raises(CollectorError) as refused:
        does()
    return refused.value.sentence


def empty(engine: EngineProcess, make: MakeContainer, **wanted: Any) -> Runner:
    """A registry that nobody pushed to, and its runner."""
    with engine.client() as client:
        name = registry_image(client, OLD_REGISTRY)
    return Contained(engine, make(engine, **{"image": name, **wanted})).runner()


@pytest.mark.parametrize("mode", [{}, executing()], ids=["stop", "exec"])
def test_a_container_that_is_not_there(registry: Contained, mode: dict[str, Any]) -> None:
    runner = registry.runner(container="nobody", **mode)
    sentence = "There is no container “nobody”; create and start it, or correct `container` in gc."
    assert refusal(runner.dry_run) == refusal(runner.as_found) == sentence


@pytest.mark.parametrize("mode", [{}, executing()], ids=["stop", "exec"])
def test_an_engine_that_is_not_there(registry: Contained, tmp_path: Path, mode: dict[str, Any]) -> None:
    nowhere = f"unix://{tmp_path}/engine.sock"
    assert refusal(registry.runner(docker_host=nowhere, **mode).dry_run) == (
        f"The container engine did not tell its version at {nowhere}: No such file or directory; start it, or correct "
        "docker_host."
    )
    closed = f"tcp://127.0.0.1:{free_port()}"
    said = refusal(registry.runner(docker_host=closed, plain_tcp=True, **mode).dry_run)
    assert "Connection refused" in said
    assert said.endswith("; start it, or correct docker_host.")


def test_something_that_is_no_engine(registry: Contained) -> None:
    host = registry.container.url.replace("http://", "tcp://")
    said = refusal(registry.runner(docker_host=host, plain_tcp=True).dry_run)
    assert said == f"The container engine did not tell its version at {host}: 404 page not found."


def test_an_engine_this_user_may_not_use(registry: Contained, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_host: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("workers.gc.docker.connection._reach", refuse)
    assert refusal(registry.runner().dry_run).endswith(": Permission denied; let the workers' user use its socket.")


def test_an_image_without_the_program(registry: Contained) -> None:
    said = refusal(registry.runner(program="distribution").dry_run)
    assert said.startswith("“distribution” cannot be started: The container engine did not start the container: ")
    assert "executable file not found in $PATH" in said
    inside = refusal(registry.runner(program="distribution", **executing()).dry_run)
    assert inside.startswith("“distribution garbage-collect” failed with exit code 126: ")
    assert not registry.ours()


@pytest.mark.parametrize("mode", [{}, executing()], ids=["stop", "exec"])
def test_a_configuration_that_is_not_there(registry: Contained, mode: dict[str, Any]) -> None:
    said = refusal(registry.runner(config_path="/etc/nothing.yml", **mode).dry_run)
    assert said == "There is no /etc/nothing.yml in the container; correct config_path."


def test_a_configuration_that_is_none(registry: Contained) -> None:
    assert refusal(registry.runner(config_path="/etc").dry_run) == (
        "/etc in the container is no ordinary file; name the file itself in config_path."
    )
    assert refusal(registry.runner(config_path="/bin/slow-registry").dry_run) == (
        "/bin/slow-registry in the container names no storage; correct it, or config_path."
    )


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (
            {"host": {"AutoRemove": True, "RestartPolicy": {"Name": "no"}}},
            "so stopping removes it; start it without --rm.",
        ),
        (
            {"changes": {"Labels": {"com.docker.swarm.service.name": "x"}}},
            "belongs to a Swarm service, which would start",
        ),
        (
            {"host": {"Binds": []}},
            "keeps its images in /var/lib/registry inside the container, where no other container",
        ),
        ({"host": {"Binds": [], "Tmpfs": {"/var/lib/registry": ""}}}, "put them on a volume, or use mode: exec."),
    ],
    ids=["removes itself", "swarm", "no volume", "tmpfs"],
)
def test_a_container_that_cannot_be_stopped_and_collected(
    engine: EngineProcess, make_container: MakeContainer, wanted: dict[str, Any], sentence: str
) -> None:
    assert sentence in refusal(empty(engine, make_container, **wanted).dry_run)


def test_an_engine_that_would_start_the_registry_again(make_container: MakeContainer, tmp_path: Path) -> None:
    with EngineProcess(tmp_path / "engine", flags=["--live-restore"]) as own:
        always = empty(own, make_container, name="always", host={"RestartPolicy": {"Name": "always"}})
        assert refusal(always.dry_run).endswith("give it the restart policy unless-stopped.")
        others = empty(own, make_container, name="others")
        assert "Path not found: /docker/registry/v2/repositories" in refusal(others.dry_run)


def test_a_command_inside_the_container_that_fails(registry: Contained) -> None:
    changes = {**executing(), "read_only_on": [["cp", "/etc/nothing.yml", "/etc/other.yml"]]}
    assert refusal(lambda: registry.runner(**changes).read_only(on=True)) == (
        f"“cp” in “{registry.container.name}” failed with exit code 1: "
        "cp: can't stat '/etc/nothing.yml': No such file or directory."
    )


def test_a_registry_that_stands_still_is_not_collected_inside(registry: Contained) -> None:
    registry.container.stop()
    sentence = f"The container “{registry.container.name}” does not run; start it, then ask again."
    runner = registry.runner(**executing())
    assert refusal(runner.dry_run) == refusal(runner.as_found) == sentence


def test_a_rehearsal_inside_that_takes_too_long(registry: Contained) -> None:
    runner = registry.runner(program="slow-registry", timeout=1, **executing())
    assert refusal(runner.dry_run) == "A command inside the container took longer than the 1 seconds of `timeout`."


def test_a_cache_that_cannot_be_flushed(registry: Contained) -> None:
    runner = registry.runner(cache_container="cache", flush=[["redis-cli", "flushdb"]])
    assert "No such container: cache" in refusal(runner.flush)


def test_workers_without_the_sdk(registry: Contained, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.startswith("workers.gc.docker.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "docker", None)
    assert refusal(lambda: opened(registry.settings())) == (
        "The gc runner `docker` needs Docker's SDK for Python; install it for the workers: regclean[docker]."
    )
