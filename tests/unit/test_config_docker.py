"""The gc runner `docker` in the configuration: what it takes, and what it refuses in one sentence."""

import json
from typing import Any

import pytest

from docs import generate_configuration
from tests.unit.configuration import mistakes, written
from workers.config import DockerRunnerSettings, parse

PLAIN = "runner: docker, container: registry"
EXEC = "mode: exec, read_only_on: [[a]], read_only_off: [[b]]"
TLS = "docker_host: 'tcp://docker:2376', tls_ca: /c/ca.pem, tls_cert: /c/cert.pem, tls_key: /c/key.pem"
PROPERTIES = generate_configuration.document()["$defs"]["DockerRunnerSettings"]["properties"]
EXAMPLES = [(key, each) for key, value in PROPERTIES.items() for each in value.get("examples", ())]
PARTNERS = {
    "read_only_on": "mode: exec, read_only_off: [[b]]",
    "read_only_off": "mode: exec, read_only_on: [[a]]",
    "cache_container": "flush: [[redis-cli, flushdb]]",
    "flush": "cache_container: cache",
    "tls_ca": TLS,
    "tls_cert": TLS,
    "tls_key": TLS,
}


def read(keys: str) -> DockerRunnerSettings:
    gc = parse(written(f"gc: {{<<: {{{PLAIN}}}, {keys}}}")).registries[0].gc
    assert isinstance(gc, DockerRunnerSettings)
    return gc


def test_only_the_container_is_needed() -> None:
    gc = read("")
    assert (gc.container, gc.mode, gc.program, gc.config_path) == ("registry", "stop", "registry", None)
    assert (gc.docker_host, gc.plain_tcp, gc.timeout) == ("unix:///var/run/docker.sock", False, 3600.0)


@pytest.mark.parametrize("keys", [EXEC, TLS, "docker_host: 'tcp://proxy:2375', plain_tcp: true", "push_grace: 0"])
def test_what_belongs_together_is_taken(keys: str) -> None:
    assert read(keys).container == "registry"


@pytest.mark.parametrize(("key", "example"), EXAMPLES, ids=[key for key, _ in EXAMPLES])
def test_its_examples_are_accepted(key: str, example: Any) -> None:
    partner = PARTNERS.get(key, "timeout: 1h")
    gc = parse(written(f"gc: {{<<: [{{{key}: {json.dumps(example)}}}, {{{PLAIN}}}, {{{partner}}}]}}")).registries[0].gc
    assert json.loads(json.dumps(getattr(gc, key))) == example


@pytest.mark.parametrize(
    ("keys", "key", "sentence"),
    [
        ("container: 'my registry'", "container", "Write the container's name as `docker ps` shows it"),
        ("mode: restart", "mode", "Write stop or exec"),
        ("mode: exec, read_only_off: [[b]]", "read_only_on", "must take no pushes meanwhile"),
        ("mode: exec, read_only_on: [[a]], read_only_off: []", "read_only_off", "must take no pushes meanwhile"),
        ("read_only_on: [[a]]", "read_only_on", "Remove it, or write mode: exec"),
        ("docker_host: /var/run/docker.sock", "docker_host", "Write unix:///path/to/socket, or tcp://host:2376"),
        ("docker_host: 'ssh://root@host'", "docker_host", "forward its socket"),
        ("docker_host: 'tcp://host'", "docker_host", "Write unix:///path/to/socket, or tcp://host:2376"),
        ("docker_host: 'tcp://host:2375'", "docker_host", "rules its machine"),
        ("docker_host: 'tcp://host:2375', plain_tcp: false", "docker_host", "rules its machine"),
        ("tls_ca: /c/ca.pem", "tls_ca", "only a docker_host that begins with tcp:// speaks TLS"),
        ("docker_host: 'tcp://h:1', tls_ca: /c/ca.pem, tls_cert: /c/cert.pem", "tls_key", "go together"),
        ("flush: [[redis-cli, flushdb]]", "cache_container", "Add cache_container"),
        ("cache_container: cache", "flush", "Add flush"),
        ("tools_image: 'Busy Box'", "tools_image", "Write an image that the engine has"),
        ("config_path: config.yml", "config_path", "Write the full path"),
        ("dry_run: [registry]", "dry_run", "This key is unknown; remove it"),
        ("timeout: 8d", "timeout", "at most 7d"),
    ],
)
def test_one_mistake(keys: str, key: str, sentence: str) -> None:
    (mistake,) = mistakes(written(f"gc: {{<<: {{{PLAIN}}}, {keys}}}"))
    assert mistake.startswith(f"registries[0].gc.{key}: ")
    assert sentence in mistake


def test_mistakes_of_single_keys_and_between_keys_are_told_together() -> None:
    found = mistakes(written("gc: {runner: docker, mode: exec, timeout: soon}"))
    places = ["read_only_on", "read_only_off", "container", "timeout"]
    assert [mistake.partition(":")[0] for mistake in found] == [f"registries[0].gc.{key}" for key in places]


def test_a_misspelt_runner_is_guessed() -> None:
    (mistake,) = mistakes(written("gc: {runner: dokcer, container: registry}"))
    assert mistake == "registries[0].gc.runner: There is no such runner; did you mean “docker”?"
