"""World: a workspace, two real registries and all of regclean between them, on this machine and nowhere else."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import httpx
import yaml

from cli.supervisor import Program, end, start
from demo.parts import sample
from demo.parts.errors import PartStartError
from demo.parts.processes import free_port, wait_until
from demo.parts.registry import RegistryProcess
from demo.workspace import RunningWorkspace, WorkspaceSettings, registered, running_workspace
from demo.workspace.content import ADA, BEN, REGISTRY_CLEAN
from demo.workspace.settings import Rates, Subcommand

_PATIENCE: Final = 30.0
_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSettings:
    """`port` is the page's, 0 for a free one; `mode` is how the bot listens: socket or http.

    regclean's log lines go to this process' own output, or to the file `log`.
    `environment` is what regclean's processes are given besides.
    """

    port: int = 0
    mode: str = "socket"
    version: str = ""
    rates: Rates = field(default_factory=Rates)
    log: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is running: the workspace, both registries, regclean's process, its configuration and its folder."""

    workspace: RunningWorkspace
    sample: RegistryProcess
    empty: RegistryProcess
    regclean: subprocess.Popen[bytes]
    environment: Mapping[str, str]
    folder: Path

    @property
    def metrics(self) -> tuple[str, str]:
        """Where the bot and the sweeper tell their figures."""
        ports = (self.environment["PORT"], self.environment["REGCLEAN_METRICS_PORT"])
        return (f"http://{_LOOPBACK}:{ports[0]}/metrics", f"http://{_LOOPBACK}:{ports[1]}/metrics")


@contextmanager
def world(folder: Path, settings: WorldSettings) -> Iterator[World]:
    """Everything, ready to use; ended in reverse order. Raises PartStartError when regclean does not come up."""
    bot_port = free_port(_LOOPBACK)
    with ExitStack() as running:
        full = running.enter_context(RegistryProcess(folder / "sample", version=settings.version))
        empty = running.enter_context(RegistryProcess(folder / "empty", version=settings.version))
        sample.seed(full.url)
        workspace = running.enter_context(running_workspace(_workspace_settings(settings, bot_port)))
        config = folder / "regclean.yaml"
        config.write_text(yaml.safe_dump(configuration(full, empty), sort_keys=False))
        environment = _environment(settings, workspace, config, bot_port)
        arguments = [sys.executable, "-m", "cli", "up", "--data-dir", str(folder / "data")]
        process = start(Program(name="regclean", arguments=arguments, environment=environment, log=settings.log))
        running.callback(end, process)
        _wait_until_ready(process, bot_port)
        yield World(
            workspace=workspace,
            sample=full,
            empty=empty,
            regclean=process,
            environment=environment,
            folder=folder,
        )


def configuration(full: RegistryProcess, empty: RegistryProcess) -> dict[str, Any]:
    """The configuration file, as an operator of these two registries would write it."""
    return {
        "registries": [
            _registry("sample", full, ["registry.example.com"]),
            _registry("empty", empty, ["archive.example.com"]),
        ],
        "approvals": {"approvers": [ADA, BEN], "expiry": "24h"},
        "channels": {"default": REGISTRY_CLEAN},
    }


def _registry(name: str, registry: RegistryProcess, aliases: list[str]) -> dict[str, Any]:
    control = [sys.executable, "-m", "demo.parts.registryctl", str(registry.folder)]
    return {
        "name": name,
        "url": registry.url,
        "aliases": aliases,
        "plain_http": True,
        "gc": {
            "runner": "command",
            "read_only_on": [[*control, "read-only-on"]],
            "read_only_off": [[*control, "read-only-off"]],
            "dry_run": [*control, "collect", "--dry-run"],
            "collect": [*control, "collect"],
            "restart": [[*control, "restart"]],
            "stop": [[*control, "stop-collector"]],
            "collecting": [*control, "is-collecting"],
            "storage_root": str(registry.storage_root),
            "push_grace": 0,  # the sample images were pushed a moment ago, and nobody else pushes here
        },
    }


def _workspace_settings(settings: WorldSettings, bot_port: int) -> WorkspaceSettings:
    """The app as people create it, from its manifest; the page's suggestions are the bot's own, too."""
    from bot.commands import COMMANDS  # noqa: PLC0415 - slow to import, and only needed here
    from bot.manifest import manifest  # noqa: PLC0415 - as above

    subcommands = tuple(
        Subcommand(name=name, hint=command.hint, description=command.description) for name, command in COMMANDS.items()
    )
    url = f"http://{_LOOPBACK}:{bot_port}/slack/events" if settings.mode == "http" else None
    app = registered(manifest(url), WorkspaceSettings(port=settings.port, rates=settings.rates))
    return replace(app, commands=tuple(replace(each, subcommands=subcommands) for each in app.commands))


def _environment(
    settings: WorldSettings, workspace: RunningWorkspace, config: Path, bot_port: int
) -> Mapping[str, str]:
    secrets = {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": workspace.api_url,
    }
    if settings.mode != "http":
        secrets["SLACK_APP_TOKEN"] = workspace.app_token
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    own = {"REGCLEAN_CONFIG": str(config), "REGCLEAN_HOST": _LOOPBACK, "PORT": str(bot_port)}
    own |= {"REGCLEAN_METRICS_PORT": str(free_port(_LOOPBACK))}
    return plain | secrets | own | {"PYTHONPATH": str(Path(__file__).parents[1])} | dict(settings.environment)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    def ready() -> bool:
        if process.poll() is not None:
            raise PartStartError("regclean ended while it started; its log above says why.")
        try:
            return httpx.get(f"http://{_LOOPBACK}:{port}/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    if not wait_until(ready, seconds=_PATIENCE, pause=0.1):
        raise PartStartError(f"regclean is not ready after {_PATIENCE:.0f} s; its log above says why.")
