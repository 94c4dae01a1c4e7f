"""The gc runner `docker`: engines over TLS, collectors that others started, and caches in other containers."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.parts.engine import EngineProcess
from demo.parts.processes import free_port
from demo.parts.registry_container import SLOW_PROGRAM, registry_image
from demo.parts.tls import make_client, make_tls
from tests.conftest import GetEngine, MakeContainer
from tests.contract.operated import executing, nothing, opened, until
from tests.integration.docker_runners import Contained, contained
from workers.core.errors import CollectorError

pytestmark = pytest.mark.registry


@pytest.fixture
def registry(get_engine: GetEngine, make_container: MakeContainer) -> Contained:
    return contained(get_engine(), make_container)


def test_an_engine_over_tls_wants_to_know_who_asks(
    make_container: MakeContainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, client = make_tls(tmp_path / "tls"), make_client(tmp_path / "tls")
    port = free_port()
    flags = ["--tlsverify", f"--tlscacert={server.ca}", f"--tlscert={server.certificate}", f"--tlskey={server.key}"]
    keys = {"tls_ca": str(client.ca), "tls_cert": str(client.certificate), "tls_key": str(client.key)}
    # An engine is never reached through the proxies of the world outside.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with EngineProcess(tmp_path / "engine", flags=[*flags, f"--host=tcp://127.0.0.1:{port}"]) as own:
        registry = contained(own, make_container)
        there = f"tcp://127.0.0.1:{port}"

        assert registry.runner(docker_host=there, **keys).dry_run().eligible_blobs

        stranger = {**keys, "tls_cert": str(server.certificate), "tls_key": str(server.key)}
        for wrong in (
            registry.runner(docker_host=there, **stranger),
            registry.runner(docker_host=there, plain_tcp=True),
        ):
            with pytest.raises(CollectorError, match=f"did not tell its version at {there}: "):
                wrong.dry_run()


def test_a_certificate_file_that_is_not_there_is_told(registry: Contained) -> None:
    keys = {"tls_ca": "/no/ca.pem", "tls_cert": "/no/cert.pem", "tls_key": "/no/key.pem"}
    with pytest.raises(CollectorError, match="Path to a certificate and key files must be provided"):
        registry.runner(docker_host="tcp://127.0.0.1:2376", **keys).dry_run()


@pytest.fixture
def by_hand(registry: Contained) -> Iterator["subprocess.Popen[bytes]"]:
    """A collection that a person started inside the container."""
    name = registry.container.name
    with registry.engine.client() as client:
        execution = client.exec_create(name, [SLOW_PROGRAM, "garbage-collect", "/etc/docker/registry/config.yml"])
        client.exec_start(execution["Id"], detach=True)
    with subprocess.Popen(["sleep", "60"]) as held:
        yield held
        held.kill()


def test_a_collector_that_a_person_started_inside_is_seen_and_stopped(
    registry: Contained, by_hand: "subprocess.Popen[bytes]"
) -> None:
    runner = registry.runner(**executing())
    assert until(lambda: runner.is_collecting(None))
    runner.stop(None)
    assert not runner.is_collecting(None)
    assert registry.container.state["Running"]


def test_a_collector_inside_is_gone_with_its_container(registry: Contained) -> None:
    runner = registry.runner(**executing())
    tokens: list[str] = []
    runner.collect(tokens.append)
    registry.container.remove()
    assert not runner.is_collecting(tokens[0])
    runner.stop(tokens[0])


def test_the_cache_of_the_registry_is_flushed_where_it_is(registry: Contained, make_container: MakeContainer) -> None:
    with registry.engine.client() as client:
        name = registry_image(client, "2.8.2", tools=True)
    cache = make_container(registry.engine, image=name, name="cache")
    flush = [["cp", "/etc/docker/registry/config.yml", "/var/lib/registry/flushed"]]
    gc = {"cache_container": "cache", "flush": flush}

    opened(registry.settings(**gc)).flush()
    opened(registry.settings()).flush()

    assert (cache.storage_root / "flushed").is_file()


def test_a_collection_inside_a_container_without_a_volume(get_engine: GetEngine, make_container: MakeContainer) -> None:
    registry = contained(get_engine(), make_container, host={"Binds": []})
    runner = registry.runner(**executing())
    planned = runner.dry_run()
    assert runner.storage
    size = runner.storage.blob_sizes(planned.eligible_blobs).total
    runner.read_only(on=True)

    assert size
    assert runner.collect(nothing).eligible_blobs == planned.eligible_blobs
    assert runner.storage.blob_sizes(planned.eligible_blobs).missing == planned.eligible_blobs
