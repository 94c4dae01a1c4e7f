"""The image: built from the unmodified Dockerfile, run as its own user on a read-only root, and pushed."""

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import docker
import pytest
import yaml
from packaging.utils import canonicalize_name

from bot.manifest import manifest
from demo.parts.processes import free_port, wait_until
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from demo.workspace import WorkspaceSettings, registered, running_workspace
from demo.workspace.content import ADA, REGISTRY_CLEAN
from demo.workspace.settings import Rates
from tests.bench import KEY
from tests.chart.building import BASE, NAME, VERSION, Workshop, missing_programs
from tests.chart.chart import DOCTORS, PROCESSES, Helm
from tests.chart.kubelet import Ended, Kubelet
from tests.chart.test_lock import locked
from tests.conftest import GetEngine

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
MOST_ADDED = 140 * 10**6
"""Bytes that the image may add to the one it stands on."""
PATIENCE = 60.0
IN_IT = "/opt/regclean/bin/python3"
Run = Callable[..., Ended]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory, missing_part: Callable[[str], NoReturn]) -> Iterator[Workshop]:
    if missing := missing_programs():
        missing_part(f"There is no {' and no '.join(missing)} on this machine: `make test-long` installs them.")
    folder = tmp_path_factory.mktemp("workshop")
    yield Workshop(folder)
    shutil.rmtree(folder)  # hundreds of megabytes


@pytest.fixture(scope="module")
def client(workshop: Workshop, get_engine: GetEngine) -> Iterator[docker.APIClient]:
    """An engine that has the image."""
    archive = workshop.build()
    with get_engine("docker").client() as client:
        with archive.open("rb") as content:
            client.load_image(content)
        yield client


@pytest.fixture
def run(client: docker.APIClient) -> Run:
    """Runs a command in the image as a pod would: as its user, on a read-only root, without any right."""

    def run(*arguments: str, entrypoint: str = "", binds: tuple[str, ...] = (), **environment: str) -> Ended:
        host = client.create_host_config(
            network_mode="host",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            binds=list(binds),
        )
        made = client.create_container(
            NAME, command=list(arguments), environment=environment, entrypoint=entrypoint or None, host_config=host
        )
        try:
            client.start(made["Id"])
            code = client.wait(made["Id"], timeout=60)["StatusCode"]
            return Ended(code=code, said=client.logs(made["Id"]).decode(errors="replace"))
        finally:
            client.remove_container(made["Id"], force=True)

    return run


def test_it_says_what_it_is_and_how_it_runs(client: docker.APIClient) -> None:
    config = client.inspect_image(NAME)["Config"]
    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["regclean"]
    assert config.get("Healthcheck") is None
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in config["Labels"].items()}
    assert labels["version"] == VERSION
    assert labels["base.name"] == BASE
    assert labels["licenses"] == "Apache-2.0"
    assert labels["title"] == "regclean"
    assert len(labels["revision"]) == 40


def test_it_is_small(client: docker.APIClient, capsys: pytest.CaptureFixture[str]) -> None:
    whole = client.inspect_image(NAME)["Size"]
    added = sum(each["Size"] for each in client.history(NAME)[:-1])  # the oldest layer is the base
    with capsys.disabled():
        sys.stdout.write(f"\nimage: {whole / 1e6:.0f} MB, of which {added / 1e6:.0f} MB on its base\n")
    assert 0 < added < MOST_ADDED


def test_it_runs_as_its_own_user_and_can_write_nowhere(run: Run) -> None:
    look = """
import os
for path in ("/", "/opt/regclean", "/tmp", "/etc", os.getcwd()):
    try:
        open(os.path.join(path, "new"), "w")
        print("wrote to", path)
    except OSError as error:
        pass
print(os.getuid(), os.getgid())
"""
    assert run("-c", look, entrypoint=IN_IT) == Ended(code=0, said="10001 10001\n")


def test_it_helps_without_a_shell(run: Run) -> None:
    shells = ("/usr/bin/dash:ro", "/usr/bin/bash:ro")
    without = tuple(f"/dev/null:{shell}" for shell in shells)
    with pytest.raises(docker.errors.APIError, match="permission denied"):
        run("-c", "true", entrypoint="/bin/sh", binds=without)
    ended = run("--help", binds=without)
    assert ended.code == 0
    assert "Free space in your own registries" in ended.said


def test_it_checks_a_configuration(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "config.yaml").write_text("registries: []\n")
    ended = run("config", "check", binds=(f"{folder}:/etc/regclean:ro",), REGCLEAN_CONFIG="/etc/regclean/config.yaml")
    assert ended.code == 1
    assert "Name at least one registry." in ended.said


def test_it_holds_what_is_locked_and_nothing_to_build_with(run: Run) -> None:
    look = "import importlib.metadata as m, json; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    found = {
        canonicalize_name(name): version for name, version in json.loads(run("-c", look, entrypoint=IN_IT).said).items()
    }
    markers = "import json, sys; print(json.dumps([sys.platform, '.'.join(map(str, sys.version_info[:3]))]))"
    platform, version = json.loads(run("-c", markers, entrypoint=IN_IT).said)
    there = {"sys_platform": platform, "python_full_version": version}
    wanted = {
        name: str(requirement.specifier).removeprefix("==")
        for name, (requirement, _) in locked("requirements.lock").items()
        if requirement.marker is None or requirement.marker.evaluate(there)
    }
    assert found == wanted | {"regclean": VERSION}


@pytest.mark.parametrize("module", ["docker", "kubernetes.client", "kubernetes.config", "kubernetes.stream"])
def test_the_clients_of_the_gc_runners_are_whole(run: Run, module: str) -> None:
    assert run("-c", f"import {module}", entrypoint=IN_IT) == Ended(code=0, said="")


def test_what_tells_traces_is_whole(run: Run) -> None:
    assert run("-c", "import workers.store.telemetry", entrypoint=IN_IT) == Ended(code=0, said="")


def test_its_bill_of_materials_names_everything(run: Run) -> None:
    said = run("-c", "print(open('/opt/regclean/sbom.cdx.json').read())", entrypoint=IN_IT).said
    bill = json.loads(said)
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "regclean"
    named = {canonicalize_name(each["name"]): each["version"] for each in bill["components"]}
    assert named[canonicalize_name("rq")] == "3.0.0"
    assert named.keys() <= locked("requirements.lock").keys() | {"regclean"}
    assert len(named) > 30


def test_it_is_pushed_to_a_registry(workshop: Workshop, client: docker.APIClient, registry: RegistryProcess) -> None:
    workshop.push(f"{registry.url.removeprefix('http://')}/tools/regclean:0.1.0")
    with Remote(registry.url) as remote:
        assert remote.tags("tools/regclean") == ["0.1.0"]
        remote.pull("tools/regclean", "0.1.0")


def test_a_whole_request_goes_through_its_pods(
    client: docker.APIClient, helm: Helm, sample_registry: RegistryProcess, tmp_path: Path
) -> None:
    """Each process as the chart describes it: user, read-only root, secrets, configuration, probes and grace."""
    app = registered(manifest(None), WorkspaceSettings(rates=Rates(post_burst=50)))
    with running_workspace(app) as workspace, RedisProcess(tmp_path / "redis") as redis:
        values = tmp_path / "values.yaml"
        content = {
            "image": {"repository": "localhost/regclean"},
            "config": {
                "registries": [{"name": "sample", "url": sample_registry.url, "plain_http": True}],
                "approvals": {"approvers": [ADA]},
                "channels": {"default": REGISTRY_CLEAN},
            },
            "slack": {"botToken": workspace.bot_token, "appToken": workspace.app_token, "apiUrl": workspace.api_url},
            "signingKey": {"value": KEY.decode()},
            "redis": {"externalUrl": redis.url},
            "bot": {"port": free_port()},
        }
        values.write_text(yaml.safe_dump(content))
        rendered = helm.render("", "--values", str(values))
        with Kubelet(client=client, image=NAME, rendered=rendered, folder=tmp_path / "pods") as kubelet:
            for process in PROCESSES:
                kubelet.start(process)
            wait_until(lambda: all_alive(kubelet), seconds=PATIENCE, pause=0.5)
            assert {process: kubelet.probe(process, "livenessProbe") for process in PROCESSES} == dict.fromkeys(
                PROCESSES, True
            )
            assert kubelet.probe("bot", "readinessProbe")
            removes_an_image(workspace, sample_registry)
            for doctor in DOCTORS:
                examined = kubelet.run(doctor)
                assert examined.code == 0, examined.said
            ended = {process: kubelet.stop(process) for process in PROCESSES}
    assert {process: each.code for process, each in ended.items()} == dict.fromkeys(PROCESSES, 0)
    said = "".join(each.said for each in ended.values())
    assert not any(secret in said for secret in (workspace.bot_token, workspace.app_token, KEY.decode()))


def all_alive(kubelet: Kubelet) -> bool:
    return kubelet.probe("bot", "readinessProbe") and all(kubelet.probe(each, "startupProbe") for each in PROCESSES)


def removes_an_image(workspace: Any, registry: RegistryProcess) -> None:
    workspace.rita.types("/regclean rm sample/demo/nginx:1.26")
    card = workspace.rita.waits_for(lambda each: "Approve" in each.buttons, seconds=PATIENCE)
    workspace.ada.clicks(card, "Approve")
    workspace.rita.waits_until(card, lambda each: "*Done*" in each.plain, PATIENCE)
    with Remote(registry.url) as remote:
        assert remote.tags("demo/nginx") == ["latest"]
