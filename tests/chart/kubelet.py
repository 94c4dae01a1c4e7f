"""A stand-in for a node: runs a rendered pod's containers in a container engine, as the pod's manifest says."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import docker
import httpx

from tests.chart.chart import Document, Rendered

_ENDING: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a container did: its exit code, and all it said."""

    code: int
    said: str


@dataclass(slots=True)
class Kubelet:
    """Pods share the machine's network; Secrets of the release are its own, ConfigMaps become files in `folder`."""

    client: docker.APIClient
    image: str
    rendered: Rendered
    folder: Path
    _started: dict[str, str] = field(default_factory=dict)

    def start(self, component: str) -> None:
        """Run what is to run before, then the pod's container."""
        pod = self.rendered.pod(component)
        for each in pod["initContainers"]:
            before = self._create(pod, each)
            self.client.start(before)
            ended = self._until_ended(before)
            assert ended.code == 0, f"{component}/{each['name']} ended with {ended.code}: {ended.said}"
        identity = self._create(pod, self.rendered.container(component))
        self.client.start(identity)
        self._started[component] = identity

    def run(self, component: str) -> Ended:
        """Run a pod that ends by itself."""
        identity = self._create(self.rendered.pod(component), self.rendered.container(component))
        self.client.start(identity)
        return self._until_ended(identity)

    def runs(self, component: str) -> bool:
        return bool(self.client.inspect_container(self._started[component])["State"]["Running"])

    def probe(self, component: str, kind: str) -> bool:
        """Ask as the pod's probe does; `kind` is `livenessProbe` or another."""
        probe = self.rendered.container(component)[kind]
        if "exec" in probe:
            made = self.client.exec_create(self._started[component], probe["exec"]["command"])
            self.client.exec_start(made["Id"])
            return bool(self.client.exec_inspect(made["Id"])["ExitCode"] == 0)
        (port,) = self.rendered.container(component)["ports"]
        try:
            url = f"http://127.0.0.1:{port['containerPort']}{probe['httpGet']['path']}"
            return httpx.get(url, timeout=5, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def stop(self, component: str) -> Ended:
        """SIGTERM, and SIGKILL when the pod's grace is over."""
        identity = self._started.pop(component)
        self.client.stop(identity, timeout=self.rendered.pod(component)["terminationGracePeriodSeconds"])
        return self._until_ended(identity)

    def said(self, component: str) -> str:
        return str(self.client.logs(self._started[component]).decode(errors="replace"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for component, identity in self._started.items():
            if error is not None:
                error.add_note(f"--- {component} said:\n{self.said(component)[-3000:]}")
            self.client.remove_container(identity, force=True)

    def _create(self, pod: Document, container: Document) -> str:
        context = {**pod["securityContext"], **container["securityContext"]}
        host = self.client.create_host_config(
            network_mode="host",
            read_only=context["readOnlyRootFilesystem"],
            cap_drop=context["capabilities"]["drop"],
            security_opt=[] if context["allowPrivilegeEscalation"] else ["no-new-privileges"],
            binds=self._binds(pod, container),
            tmpfs=dict.fromkeys(self._mounts(pod, container, "emptyDir"), "mode=1777"),
        )
        made = self.client.create_container(
            self.image,
            command=container["args"],
            environment=self._environment(container),
            user=f"{context['runAsUser']}:{context['runAsGroup']}",
            host_config=host,
        )
        return str(made["Id"])

    def _environment(self, container: Document) -> dict[str, str]:
        """The variables, with secrets looked up and references to earlier ones put in."""
        found: dict[str, str] = {}
        for each in container["env"]:
            value = self._secret(each["valueFrom"]["secretKeyRef"]) if "valueFrom" in each else each["value"]
            found[each["name"]] = re.sub(r"\$\((\w+)\)", lambda name: found[name[1]], value)
        return found

    def _secret(self, wanted: Mapping[str, str]) -> str:
        (secret,) = (each for each in self.rendered.kinds("Secret") if each["metadata"]["name"] == wanted["name"])
        return base64.b64decode(secret["data"][wanted["key"]]).decode()

    def _binds(self, pod: Document, container: Document) -> list[str]:
        binds = []
        for path, volume in self._mounts(pod, container, "configMap").items():
            place = self.folder / volume["configMap"]["name"]
            place.mkdir(parents=True, exist_ok=True)
            for name, text in self._config_map(volume["configMap"]["name"]).items():
                (place / name).write_text(text)
            binds.append(f"{place}:{path}:ro")
        return binds

    def _config_map(self, name: str) -> Mapping[str, str]:
        (found,) = (each for each in self.rendered.kinds("ConfigMap") if each["metadata"]["name"] == name)
        data: Mapping[str, str] = found["data"]
        return data

    @staticmethod
    def _mounts(pod: Document, container: Document, kind: str) -> dict[str, Any]:
        """The container's mounts of volumes of this kind, by path."""
        volumes = {each["name"]: each for each in pod["volumes"] if kind in each}
        return {
            each["mountPath"]: volumes[each["name"]] for each in container["volumeMounts"] if each["name"] in volumes
        }

    def _until_ended(self, identity: str) -> Ended:
        code = self.client.wait(identity, timeout=_ENDING)["StatusCode"]
        said = self.client.logs(identity).decode(errors="replace")
        self.client.remove_container(identity, force=True)
        return Ended(code=code, said=said)
