"""The gc runner `kubernetes` in the configuration: what it takes, and what it refuses in one sentence."""

import json
from typing import Any

import pytest

from docs import generate_configuration
from tests.unit.configuration import mistakes, written
from workers.config import KubernetesRunnerSettings, parse

PLAIN = "runner: kubernetes, namespace: registry, workload: deployment/registry"
PROPERTIES = generate_configuration.document()["$defs"]["KubernetesRunnerSettings"]["properties"]
EXAMPLES = [(key, each) for key, value in PROPERTIES.items() for each in value.get("examples", ())]


def read(keys: str) -> KubernetesRunnerSettings:
    gc = parse(written(f"gc: {{<<: {{{PLAIN}}}, {keys}}}")).registries[0].gc
    assert isinstance(gc, KubernetesRunnerSettings)
    return gc


def wrong(keys: str) -> list[str]:
    return mistakes(written(f"gc: {{<<: {{{PLAIN}}}, {keys}}}"))


def test_only_the_namespace_and_the_workload_are_needed() -> None:
    gc = read("")
    assert (gc.namespace, gc.workload, gc.container, gc.mode) == ("registry", "deployment/registry", None, "job")
    assert (gc.config_path, gc.program) == ("/etc/docker/registry/config.yml", "registry")
    assert (gc.timeout, gc.rollout_timeout, gc.kubeconfig) == (3600.0, 600.0, None)


@pytest.mark.parametrize(("key", "example"), EXAMPLES, ids=[key for key, _ in EXAMPLES])
def test_the_examples_are_accepted(key: str, example: Any) -> None:
    assert getattr(read(f"{key}: {json.dumps(example)}"), key) == example


@pytest.mark.parametrize(
    "cache", ["redis://cache", "rediss://cache.example.com:6380/3", "redis://[fd00::1]:6379/0", "redis://10.0.0.1"]
)
def test_a_blob_cache_is_an_address_without_secrets(cache: str) -> None:
    assert read(f"blob_cache: {json.dumps(cache)}").blob_cache == cache


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("workload: registry", "workload: Write deployment/NAME or statefulset/NAME."),
        ("workload: daemonset/registry", "workload: Write deployment/NAME or statefulset/NAME."),
        ("workload: deployment/Registry", "workload: Write deployment/NAME or statefulset/NAME."),
        ("workload: deployment/a/b", "workload: Write deployment/NAME or statefulset/NAME."),
        ("namespace: a/b", "namespace: Write the namespace's name, such as “registry”."),
        ("container: '..'", "container: Write the container's name, such as “registry”."),
        ("mode: stop", "mode: Write job or exec."),
        ("config_path: config.yml", "config_path: Write the full path of a file, beginning with “/”."),
        (
            "blob_cache: 'redis://:planted@cache'",
            "blob_cache: Write redis://HOST:PORT/NUMBER, or rediss:// for TLS. The password goes into a file",
        ),
        ("blob_cache: cache", "blob_cache: Write redis://HOST:PORT/NUMBER, or rediss:// for TLS."),
        ("timeout: 0", "timeout: Write a duration above zero and at most 7d, such as 90s, 30m or 24h."),
        ("read_only_on: [[a]]", "read_only_on: This key is unknown; "),
    ],
)
def test_mistakes_are_told_in_one_sentence(keys: str, sentence: str) -> None:
    (found,) = wrong(keys)
    assert found.startswith(f"registries[0].gc.{sentence}")
    assert "planted" not in found


def test_what_is_missing_is_asked_for_with_an_example() -> None:
    assert mistakes(written("gc: {runner: kubernetes}")) == [
        "registries[0].gc.namespace: This is missing; add it, for example “namespace: registry”.",
        "registries[0].gc.workload: This is missing; add it, for example “workload: deployment/registry”.",
    ]
