"""A real control plane: etcd, and Kubernetes' own API server and controllers; only the node is the tests' own."""

import os
import secrets
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
import yaml

from demo.parts.binaries import cache_folder
from demo.parts.errors import PartMissingError, PartStartError
from demo.parts.processes import Command, KeptProcess, free_port, wait_until
from demo.parts.tls import make_tls, openssl

NAMESPACE: Final = "registry"
_PROGRAMS: Final = ("etcd-3.6.16", "kube-apiserver-1.34.4", "kube-controller-manager-1.34.4")
_CONTROLLERS: Final = (
    "deployment-controller", "replicaset-controller", "statefulset-controller", "job-controller",
    "garbage-collector-controller", "ttl-after-finished-controller", "namespace-controller",
)  # fmt: skip
_PATIENCE: Final = 60.0
_RBAC: Final = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}"


@dataclass(slots=True, kw_only=True)
class ControlPlane:
    """Started when entered; raises PartMissingError where this machine has no such programs."""

    folder: Path
    admin_token: str = field(default_factory=lambda: secrets.token_hex(8))
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    url: str = ""
    ca: Path = Path()
    _running: list[KeptProcess] = field(default_factory=list)

    def __enter__(self) -> Self:
        programs = [cache_folder() / name for name in _PROGRAMS]
        if not all(os.access(each, os.X_OK) for each in programs):
            raise PartMissingError("There is no Kubernetes on this machine: `scripts/kubernetes.sh` builds it.")
        try:
            self._start(*programs)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def client(self) -> httpx.Client:
        """As an administrator; close it when done."""
        return httpx.Client(
            base_url=self.url,
            verify=ssl.create_default_context(cafile=self.ca),
            headers={"Authorization": f"Bearer {self.admin_token}"},
            timeout=30,
        )

    def allow(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Let the Role of regclean be this."""
        metadata = {"name": "regclean"}
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata, "rules": rules}
        with self.client() as admin:
            answer = admin.put(f"{_RBAC}/roles/regclean", json=role)
            if answer.status_code == 404:
                answer = admin.post(f"{_RBAC}/roles", json=role)
            answer.raise_for_status()
        assert wait_until(lambda: self._permits(rules), seconds=20, pause=0.1)

    def announce(self, node: str, kubelet: str) -> None:
        """Let the node be there, with the port of its kubelet."""
        port = int(kubelet.rpartition(":")[2])
        status = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        }
        with self.client() as admin:
            made = admin.post("/api/v1/nodes", json={"kind": "Node", "apiVersion": "v1", "metadata": {"name": node}})
            assert made.status_code in {201, 409}, made.text
            kind = {"Content-Type": "application/merge-patch+json"}
            admin.patch(f"/api/v1/nodes/{node}/status", json={"status": status}, headers=kind).raise_for_status()

    def sweep(self) -> None:
        """Remove all that a test has left; its node must still be there."""
        with self.client() as admin:
            for group, kinds in (("apis/apps", ("deployments", "statefulsets")), ("apis/batch", ("jobs",))):
                for each in kinds:
                    where = f"/{group}/v1/namespaces/{NAMESPACE}/{each}"
                    admin.request("DELETE", where, params={"propagationPolicy": "Background"}).raise_for_status()
            pods = f"/api/v1/namespaces/{NAMESPACE}/pods"
            assert wait_until(lambda: not admin.get(pods).json()["items"], seconds=60, pause=0.2)

    def _permits(self, rules: Sequence[Mapping[str, Any]]) -> bool:
        """Whether the server has taken in the change: it answers from what it has seen."""
        with self.client() as admin:
            found = admin.get(f"{_RBAC}/roles/regclean").json().get("rules")
        return bool(found == [dict(rule) for rule in rules])

    def _start(self, etcd: Path, server: Path, manager: Path) -> None:
        storage = f"http://127.0.0.1:{free_port()}"
        peers = f"http://127.0.0.1:{free_port()}"
        self._run(
            etcd,
            {
                "data-dir": self.folder / "etcd",
                "listen-client-urls": storage,
                "advertise-client-urls": storage,
                "listen-peer-urls": peers,
                "initial-advertise-peer-urls": peers,
                "initial-cluster": f"default={peers}",
                "unsafe-no-fsync": "true",
            },
        )
        self._serve(server, storage)
        self._run(
            manager,
            {
                "kubeconfig": self._kubeconfig(),
                "controllers": ",".join(_CONTROLLERS),
                "leader-elect": "false",
                "secure-port": "0",
            },
        )
        with self.client() as admin:
            admin.post(
                "/api/v1/namespaces", json={"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": NAMESPACE}}
            ).raise_for_status()
            admin.post(f"{_RBAC}/rolebindings", json=_BINDING).raise_for_status()

    def _serve(self, server: Path, storage: str) -> None:
        port, files = free_port(), make_tls(self.folder / "tls")
        self.url, self.ca = f"https://127.0.0.1:{port}", files.ca
        key = self.folder / "accounts.key"
        openssl("genrsa", "-out", key, "2048")
        tokens = self.folder / "tokens.csv"
        tokens.write_text(f'{self.admin_token},admin,1,"system:masters"\n{self.token},regclean,2\n')
        self._run(
            server,
            {
                "etcd-servers": storage,
                "secure-port": port,
                "bind-address": "127.0.0.1",
                "cert-dir": self.folder / "certificates",
                "tls-cert-file": files.certificate,
                "tls-private-key-file": files.key,
                "authorization-mode": "RBAC",
                "token-auth-file": tokens,
                "service-account-issuer": "https://kubernetes.default.svc",
                "service-account-key-file": key,
                "service-account-signing-key-file": key,
                "service-cluster-ip-range": "10.0.0.0/24",
                "disable-admission-plugins": "ServiceAccount",
                # Else a session is carried on to the node in SPDY, which the tests' node does not speak.
                "feature-gates": "TranslateStreamCloseWebsocketRequests=false",
            },
        )
        if not wait_until(self._ready, seconds=_PATIENCE, pause=0.2):
            said = (self.folder / f"{server.name}.log").read_text(errors="replace")[-2000:]
            raise PartStartError(f"The API server does not get ready: {said}")

    def _ready(self) -> bool:
        try:
            with self.client() as admin:
                return admin.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def _run(self, program: Path, flags: Mapping[str, object]) -> None:
        process = KeptProcess(
            Command(
                arguments=[program, *(f"--{name}={value}" for name, value in flags.items())],
                log=self.folder / f"{program.name}.log",
                pid_file=self.folder / f"{program.name}.pid",
            ),
            revive=False,
        )
        process.start()
        self._running.append(process)

    def _kubeconfig(self) -> Path:
        path = self.folder / "admin.yaml"
        path.write_text(yaml.safe_dump(kubeconfig(self.url, self.admin_token, self.ca)))
        return path

    def _stop(self) -> None:
        for each in reversed(self._running):
            each.kill()


def kubeconfig(url: str, token: str, ca: Path | None = None) -> Mapping[str, Any]:
    """The content of a kubeconfig file."""
    server = {"server": url, **({"certificate-authority": str(ca)} if ca else {})}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": server}],
        "users": [{"name": "test", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "current-context": "test",
    }


_BINDING: Final = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "RoleBinding",
    "metadata": {"name": "regclean"},
    "subjects": [{"kind": "User", "name": "regclean", "apiGroup": "rbac.authorization.k8s.io"}],
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "regclean"},
}
