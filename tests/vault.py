"""Vault: the whole world, opened by secrets that are made anew each time, so that each of them can be searched for."""

import json
import secrets
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx
from redis import Redis

from bot.manifest import manifest
from demo.parts import sample
from demo.parts.processes import free_port, wait_until
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.registry_config import RegistrySettings
from demo.workspace import RunningWorkspace, WorkspaceSettings, registered, running_workspace
from demo.workspace.content import ADA, BEN, REGISTRY_CLEAN
from tests.crew import Crew, Member
from tests.office import GENEROUS
from tests.otlp import Receiver
from tests.reflecting_registry import ReflectingRegistry, reflecting_registry

USER: Final = "regclean"
_PREFIXES: Final = {"bot token": "xoxb-", "app token": "xapp-"}
_NAMES: Final = (
    "bot token",
    "app token",
    "signing secret",
    "signing key",
    "Redis password",
    "registry password",
    "wrong password",
    "reflected password",
    "docker login",
    "proxy password",
    "receiver's token",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """`environment` is what `regclean up` was started with, besides that of its crew."""

    secrets: Mapping[str, str]
    workspace: RunningWorkspace
    redis: Redis
    crew: Crew
    environment: Mapping[str, str]
    up: Member
    sample: RegistryProcess
    locked: RegistryProcess
    reflecting: ReflectingRegistry
    receiver: Receiver
    folder: Path


@contextmanager
def vault(folder: Path, mode: str, version: str) -> Iterator[Vault]:
    """Everything at work; ended in reverse order."""
    planted = {name: _PREFIXES.get(name, "") + secrets.token_hex(32) for name in _NAMES}
    port = free_port()
    with ExitStack() as stack:
        full, locked = (
            stack.enter_context(
                RegistryProcess(folder / name, RegistrySettings(user=USER, password=planted[secret]), version=version)
            )
            for name, secret in (("sample", "registry password"), ("locked", "docker login"))
        )
        sample.seed(full.url, (USER, planted["registry password"]))
        reflecting = stack.enter_context(reflecting_registry())
        receiver = stack.enter_context(Receiver())
        workspace = stack.enter_context(running_workspace(_workspace(planted, mode, port)))
        server = stack.enter_context(RedisProcess(folder / "redis", durable=True))
        redis = stack.enter_context(_closed_to_strangers(server, planted["Redis password"]))
        keep = folder / "kept"
        document = _document({"sample": full, "locked": locked}, reflecting, _files(keep, planted, locked))
        url = f"redis://{USER}:{planted['Redis password']}@127.0.0.1:{server.port}/0"
        crew = stack.enter_context(Crew(folder / "crew", document, url))
        environment = _environment(planted, workspace, mode, port) | _tracing(planted, receiver)
        up = crew.start("up", "--data-dir", str(folder / "data"), **environment)
        assert wait_until(lambda: _is_ready(port), seconds=40), up.said[-3000:]
        yield Vault(
            secrets=planted,
            workspace=workspace,
            redis=redis,
            crew=crew,
            environment=environment,
            up=up,
            sample=full,
            locked=locked,
            reflecting=reflecting,
            receiver=receiver,
            folder=folder,
        )


def _workspace(planted: Mapping[str, str], mode: str, port: int) -> WorkspaceSettings:
    url = f"http://127.0.0.1:{port}/slack/events" if mode == "http" else None
    return replace(
        registered(manifest(url), WorkspaceSettings(rates=GENEROUS)),
        bot_token=planted["bot token"],
        app_token=planted["app token"],
        signing_secret=planted["signing secret"],
    )


@contextmanager
def _closed_to_strangers(server: RedisProcess, password: str) -> Iterator[Redis]:
    """One user with a password; who connected before stays connected, and is given to the test."""
    with Redis.from_url(server.url, single_connection_client=True) as redis:
        redis.acl_setuser(
            USER, enabled=True, passwords=[f"+{password}"], keys=["*"], channels=["*"], categories=["+@all"]
        )
        redis.execute_command("ACL", "SETUSER", "default", "resetpass", f">{secrets.token_hex(16)}")
        yield redis


def _files(folder: Path, planted: Mapping[str, str], locked: RegistryProcess) -> Mapping[str, str]:
    """What an operator would keep for their owner alone."""
    folder.mkdir()
    auth = b64encode(f"{USER}:{planted['docker login']}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {locked.host: {"auth": auth}}}))
    (folder / "wrong").write_text(planted["wrong password"])
    (folder / "reflected").write_text(planted["reflected password"])
    return {name: str(folder / name) for name in ("config.json", "wrong", "reflected")}


def _document(
    registries: Mapping[str, RegistryProcess], reflecting: ReflectingRegistry, files: Mapping[str, str]
) -> dict[str, Any]:
    control = [sys.executable, "-m", "demo.parts.registryctl", str(registries["sample"].folder)]
    collected = {
        "runner": "command",
        "read_only_on": [[*control, "read-only-on"]],
        "read_only_off": [[*control, "read-only-off"]],
        "dry_run": [*control, "collect", "--dry-run"],
        "collect": [*control, "collect"],
        "restart": [[*control, "restart"]],
        "stop": [[*control, "stop-collector"]],
        "collecting": [*control, "is-collecting"],
        "storage_root": str(registries["sample"].storage_root),
        "push_grace": 0,
    }
    named = {
        "sample": (registries["sample"].url, {"username": USER, "password_env": "SAMPLE_PASSWORD"}),
        "locked": (registries["locked"].url, {"docker_config": files["config.json"]}),
        # The same registry by another name of its host.
        "shut": (f"http://localhost:{registries['locked'].port}", {"username": USER, "password_file": files["wrong"]}),
        "reflecting": (reflecting.url, {"username": USER, "password_file": files["reflected"]}),
    }
    found = [
        {"name": name, "url": url, "plain_http": True, "credentials": login, "timeout": 5}
        for name, (url, login) in named.items()
    ]
    return {
        "registries": [found[0] | {"gc": collected}, *found[1:]],
        "approvals": {"approvers": [ADA, BEN]},
        "channels": {"default": REGISTRY_CLEAN},
    }


def _environment(planted: Mapping[str, str], workspace: RunningWorkspace, mode: str, port: int) -> dict[str, str]:
    proxy = f"http://{USER}:{planted['proxy password']}@127.0.0.1:9"
    # With an app token it listens by a socket, and has no use for the other secret, though it may be there.
    socket = {} if mode == "http" else {"SLACK_APP_TOKEN": planted["app token"]}
    return {
        "SLACK_BOT_TOKEN": planted["bot token"],
        "SLACK_SIGNING_SECRET": planted["signing secret"],
        "SLACK_API_URL": workspace.api_url,
        "REGCLEAN_SIGNING_KEY": planted["signing key"],
        "SAMPLE_PASSWORD": planted["registry password"],
        "HTTP_PROXY": proxy,
        "https_proxy": proxy,
        "REGCLEAN_HOST": "127.0.0.1",
        "PORT": str(port),
        **socket,
    }


def _tracing(planted: Mapping[str, str], receiver: Receiver) -> dict[str, str]:
    token = planted["receiver's token"]
    return {**receiver.environment, "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{token}"}


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
