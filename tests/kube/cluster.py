"""A whole cluster with a registry in it, as the tests use it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import yaml

from demo.parts.binaries import registry_binary
from demo.parts.processes import wait_until
from demo.parts.registry import answers
from demo.parts.registry_config import RegistrySettings, TlsFiles, configuration
from tests.kube.container import ROOT, Image
from tests.kube.control_plane import ControlPlane, kubeconfig
from tests.kube.controllers import Controllers
from tests.kube.node import NAME as NODE
from tests.kube.node import Node
from tests.kube.objects import Object
from tests.kube.patches import patched
from tests.kube.pod import Pod
from tests.kube.roles import ANYTHING
from tests.kube.server import ApiServer
from workers.config import KubernetesRunnerSettings
from workers.gc.kube.runner import KubernetesRunner

NAMESPACE: Final = "registry"
NAME: Final = "hub"
IMAGE: Final = "registry.example/registry:1"
_LABEL: Final = ("app", "hub")
_RESOURCES: Final = {"Deployment": "deployments", "StatefulSet": "statefulsets"}


@dataclass(kw_only=True)
class TestCluster:
    """`rules` are those of the Role that regclean gets."""

    __test__ = False

    folder: Path
    tls: TlsFiles
    version: str
    rules: Sequence[Mapping[str, Any]]
    real: ControlPlane | None = None
    server: ApiServer = field(init=False)
    controllers: Controllers = field(init=False)
    node: Node = field(init=False)
    admin: httpx.Client = field(init=False)

    def __enter__(self) -> Self:
        admin, self.token = secrets.token_hex(8), secrets.token_hex(8)
        users = {admin: ANYTHING, self.token: self.rules}
        self.server = ApiServer(namespace=NAMESPACE, users=users)
        self.controllers = Controllers(objects=self.server.objects, namespace=NAMESPACE)
        self.server.start()
        headers = {"Authorization": f"Bearer {admin}"}
        self.admin = (
            self.real.client() if self.real else httpx.Client(base_url=self.server.url, headers=headers, timeout=20)
        )
        self.node = Node(
            api=self.admin,
            namespace=NAMESPACE,
            folder=self.folder,
            tls=self.tls,
            images={IMAGE: self.image()},
            selector=_LABEL,
        )
        self.node.start()
        self.server.node = self.node.url
        self.controllers.start()
        if self.real:
            self.real.announce(NODE, self.node.url)
            self.real.allow(self.rules)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if self.real:
                self.node.frozen = False
                self.real.sweep()
            self.node.stop()
        finally:
            try:
                self.controllers.stop()
            finally:
                self.server.stop()
                self.admin.close()
        assert not self.node.unfenced

    # The registry

    @property
    def url(self) -> str:
        return self.node.service

    @property
    def storage_root(self) -> Path:
        return self.node.claims / "images"

    def image(self, program: Path | None = None) -> Image:
        config = self.folder / "config.yml"
        content = configuration(RegistrySettings(), Path("/"), 5000)
        content["storage"]["filesystem"]["rootdirectory"] = ROOT
        config.write_text(yaml.safe_dump(content))
        return Image(program=program or registry_binary(self.version), config=config)

    def wrap(self, script: str) -> None:
        """Put a shell script in the program's place; `$REGISTRY` is the program."""
        path = self.folder / f"wrapped-{secrets.token_hex(4)}"
        path.write_text(f'#!/bin/sh\nREGISTRY={registry_binary(self.version)}\n{script}\nexec $REGISTRY "$@"\n')
        path.chmod(0o755)
        self.node.images[IMAGE] = self.image(path)

    def run(self, manifest: Object) -> None:
        """Create a workload and wait until it serves."""
        self.create(manifest)
        assert wait_until(self.serves, seconds=60, pause=0.05), self.pods()

    def serves(self) -> bool:
        return answers(self.url)

    def collectors(self) -> Sequence[Pod]:
        """Pods of Jobs that the node runs."""
        return [pod for pod in list(self.node.pods.values()) if "ports" not in pod.spec]

    def registry_env(self) -> Sequence[Object]:
        env: Sequence[Object] = self.get("deployments")["spec"]["template"]["spec"]["containers"][0].get("env", ())
        return env

    # Objects, as an administrator sees and changes them

    def create(self, manifest: Object) -> Object:
        resource = _RESOURCES[manifest["kind"]]
        made = self.admin.post(f"{_base(resource)}", json=manifest)
        assert made.status_code == 201, made.text
        body: Object = made.json()
        return body

    def get(self, resource: str, name: str = NAME) -> Object:
        body: Object = self.admin.get(f"{_base(resource)}/{name}").raise_for_status().json()
        return body

    def all(self, resource: str, selector: str = "") -> Sequence[Object]:
        found = self.admin.get(_base(resource), params={"labelSelector": selector}).raise_for_status()
        items: Sequence[Object] = found.json()["items"]
        return items

    def pods(self) -> Sequence[Object]:
        return self.all("pods", "app=hub")

    def edit(self, resource: str, operations: Sequence[Object], name: str = NAME) -> None:
        """A JSON Patch by somebody else."""
        headers = {"Content-Type": "application/json-patch+json"}
        self.admin.patch(f"{_base(resource)}/{name}", json=list(operations), headers=headers).raise_for_status()

    def edit_directly(self, resource: str, operations: Sequence[Object]) -> None:
        """The same from inside the API server."""
        self.server.objects.change(resource, NAME, lambda old: patched(old, operations))

    def delete(self, resource: str, name: str) -> None:
        self.admin.request("DELETE", f"{_base(resource)}/{name}").raise_for_status()

    # regclean's way in

    def allow(self, rules: Sequence[Mapping[str, Any]]) -> None:
        if self.real:
            self.real.allow(rules)
        self.server.users[self.token] = rules

    @property
    def kubeconfig(self) -> Path:
        path = self.folder / "kubeconfig"
        real = self.real
        content = kubeconfig(real.url, real.token, real.ca) if real else kubeconfig(self.server.url, self.token)
        path.write_text(yaml.safe_dump(content))
        return path

    def settings(self, kind: str = "deployment", **changes: Any) -> dict[str, Any]:
        """The block `gc` of the configuration."""
        usual = {
            "runner": "kubernetes",
            "namespace": NAMESPACE,
            "workload": f"{kind}/{NAME}",
            "kubeconfig": str(self.kubeconfig),
            "storage_root": str(self.storage_root),
            "push_grace": 0,
            "timeout": 30,
            "rollout_timeout": 30,
        }
        return {key: value for key, value in {**usual, **changes}.items() if value is not None}


def runner(cluster: TestCluster, kind: str = "deployment", grace: float = 30, **gc: Any) -> KubernetesRunner:
    """As a worker makes it, with that many seconds for what was stopped to be gone."""
    settings = KubernetesRunnerSettings.model_validate(cluster.settings(kind, **gc))
    made = KubernetesRunner.open(settings)
    return replace(made, jobs=replace(made.jobs, grace=grace), inside=replace(made.inside, grace=grace))


def deployment(**changes: Any) -> Object:
    """A registry as people run it; `changes` are keys of its spec."""
    return _workload("apps/v1", "Deployment", changes)


def stateful_set(**changes: Any) -> Object:
    usual = {"serviceName": NAME, "volumeClaimTemplates": []}
    return _workload("apps/v1", "StatefulSet", {**usual, **changes})


def container(**changes: Any) -> Object:
    return {
        "name": "registry",
        "image": IMAGE,
        "env": [{"name": "REGISTRY_HTTP_SECRET", "value": "the same everywhere"}],
        "ports": [{"containerPort": 5000}],
        "securityContext": {"runAsNonRoot": True},
        "volumeMounts": [{"name": "images", "mountPath": ROOT}],
        **changes,
    }


def template(one: Object | None = None, **changes: Any) -> Object:
    claim = {"name": "images", "persistentVolumeClaim": {"claimName": "images"}}
    spec = {"containers": [one or container()], "volumes": [claim], "terminationGracePeriodSeconds": 2, **changes}
    return {"metadata": {"labels": dict([_LABEL])}, "spec": spec}


def _workload(version: str, kind: str, changes: Mapping[str, Any]) -> Object:
    spec = {"replicas": 1, "selector": {"matchLabels": dict([_LABEL])}, "template": template(), **changes}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": NAME}, "spec": spec}


def _base(resource: str) -> str:
    prefix = "/api/v1" if resource == "pods" else f"/apis/{'batch' if resource == 'jobs' else 'apps'}/v1"
    return f"{prefix}/namespaces/{NAMESPACE}/{resource}"
