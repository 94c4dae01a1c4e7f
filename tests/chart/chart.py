"""The chart as its tests see it: rendered by the real helm, and looked up by kind and component."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

CHART: Final = Path(__file__).parents[2] / "helm" / "regclean"
VALUES: Final = tuple(sorted(path.name.removesuffix("-values.yaml") for path in (CHART / "ci").glob("*-values.yaml")))
PEOPLE: Final = ("bot", "replies")
REGISTRIES: Final = ("worker-lookup", "worker-clean", "worker-gc", "sweep")
PROCESSES: Final = PEOPLE + REGISTRIES
COLLECTORS: Final = ("worker-gc", "sweep")
DOCTORS: Final = {"test-people": PEOPLE, "test-registries": REGISTRIES}
"""The pods of `helm test`, and the processes whose secrets each has."""

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """The documents of one release, called `rc` in namespace `tools`."""

    documents: Sequence[Document]

    def kinds(self, *kinds: str) -> list[Document]:
        return [each for each in self.documents if each["kind"] in kinds]

    def one(self, kind: str, component: str) -> Document:
        """The only document of this kind for a component."""
        found = [each for each in self.kinds(kind) if component_of(each) == component]
        assert len(found) == 1, f"{len(found)} documents of kind {kind} for {component}"
        return found[0]

    def pod(self, component: str) -> Document:
        """The pod's spec of a component."""
        if component in DOCTORS:
            doctor: Document = self.one("Pod", component)["spec"]
            return doctor
        kind = "StatefulSet" if component == "redis" else "Deployment"
        spec: Document = self.one(kind, component)["spec"]["template"]["spec"]
        return spec

    def container(self, component: str) -> Document:
        """The only container of a component, without those that run before it."""
        (container,) = self.pod(component)["containers"]
        found: Document = container
        return found

    def pods(self) -> Iterator[tuple[str, Document]]:
        """Every pod's spec with its component, of the test, too."""
        for each in self.kinds("Deployment", "StatefulSet"):
            yield component_of(each), each["spec"]["template"]["spec"]
        for each in self.kinds("Pod"):
            yield component_of(each), each["spec"]

    def containers(self) -> Iterator[tuple[str, Document]]:
        """Every container with the name of its pod's component and its own."""
        for component, pod in self.pods():
            for container in (*pod.get("initContainers", ()), *pod["containers"]):
                yield f"{component}/{container['name']}", container

    def environment(self, component: str) -> dict[str, Document]:
        return {each["name"]: each for each in self.container(component)["env"]}

    def egress(self, component: str) -> list[Document]:
        rules: list[Document] = self.one("NetworkPolicy", component)["spec"]["egress"]
        return rules


def component_of(document: Document) -> str:
    return str(document["metadata"]["labels"]["app.kubernetes.io/component"])


@dataclass(frozen=True, slots=True)
class Helm:
    """The helm program, which keeps nothing outside `home`."""

    program: Path
    home: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        return subprocess.run(
            [self.program, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def template(self, values: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Render with ci/`values`-values.yaml."""
        chosen = ["--values", str(CHART / "ci" / f"{values}-values.yaml")] if values else []
        return self.run("template", "rc", str(CHART), "--namespace", "tools", *chosen, *arguments)

    def render(self, values: str, *arguments: str) -> Rendered:
        """The same, as documents; fails with what helm said."""
        return _render(self, values, arguments)

    def refusal(self, values: str, *arguments: str) -> list[str]:
        """The sentences with which the values are refused."""
        result = self.template(values, *arguments)
        assert result.returncode != 0, "helm took these values"
        return [line.strip() for line in result.stderr.splitlines() if line.strip().startswith("- ")]


@cache
def _render(helm: Helm, values: str, arguments: Sequence[str]) -> Rendered:
    result = helm.template(values, *arguments)
    assert result.returncode == 0, result.stderr
    return Rendered([each for each in yaml.load_all(result.stdout, yaml.CSafeLoader) if each])
