"""The Kubernetes runner's ways out: to a cluster, and to the registry's blob cache in a real Redis."""

import sys
from pathlib import Path
from typing import Any

import pytest
import redis

from demo.parts.processes import free_port
from workers.config.gc_kubernetes import KubernetesRunnerSettings
from workers.core.errors import CollectorError
from workers.gc.kube import cluster as clusters
from workers.gc.kube.cache import Cache
from workers.gc.kube.runner import KubernetesRunner

KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{{name: a, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: a, user: {{token: "planted-secret"}}}}]
contexts: [{{name: a, context: {{cluster: a, user: a}}}}]
current-context: a
"""


def runner(**changes: Any) -> KubernetesRunner:
    usual = {"runner": "kubernetes", "namespace": "registry", "workload": "deployment/hub"}
    return KubernetesRunner.open(KubernetesRunnerSettings.model_validate({**usual, **changes}))


def refusal(**changes: Any) -> str:
    with pytest.raises(CollectorError) as caught:
        runner(**changes).dry_run()
    return caught.value.sentence


def test_a_missing_package_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    assert refusal() == (
        "The runner kubernetes needs the package kubernetes: install regclean[kubernetes], or use another runner."
    )


def test_outside_of_a_cluster_a_kubeconfig_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert refusal() == "regclean runs in no cluster: Service host/port is not set; correct gc.kubeconfig."


@pytest.mark.parametrize("content", ["", "{", "kind: Config", "- 1", None])
def test_a_kubeconfig_that_cannot_be_used_is_told(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "kubeconfig"
    if content is not None:
        path.write_text(content)
    assert f"{path} cannot be used: " in refusal(kubeconfig=str(path))


def test_a_context_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG.format(port=1))
    assert "cannot be used" in refusal(kubeconfig=str(path), context="other")


def test_an_api_server_that_does_not_answer_is_told_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "_PAUSES", (0.01,))
    path, port = tmp_path / "kubeconfig", free_port()
    path.write_text(KUBECONFIG.format(port=port))
    said = refusal(kubeconfig=str(path))
    assert said.startswith(f"The Kubernetes API at http://127.0.0.1:{port} does not answer: ")
    assert "planted-secret" not in said


def test_only_the_registrys_entries_leave_its_cache(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as kept:
        gone = ["blobs::sha256:1", "repository::a/b::blobs", "repository::a/b::blobs::sha256:1"]
        for key in (*gone, "sessions", "blobs"):
            kept.set(key, 1)
        Cache(url=redis_url, password_file=None).empty()
        assert sorted(kept.keys()) == [b"blobs", b"sessions"]


def test_a_cache_that_cannot_be_emptied_is_told(tmp_path: Path) -> None:
    with pytest.raises(CollectorError, match=r"blob cache at redis://127\.0\.0\.1:1/0 could not be emptied"):
        runner(blob_cache="redis://127.0.0.1:1/0").flush()
    with pytest.raises(CollectorError, match="names cannot be read"):
        Cache(url="redis://127.0.0.1:1/0", password_file=str(tmp_path / "missing")).empty()


def test_without_a_cache_nothing_is_flushed() -> None:
    runner().flush()
    assert runner().restart() is None  # type: ignore[func-returns-value] # that is what is looked at
