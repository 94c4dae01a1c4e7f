"""A clinic: a healthy world, and what `doctor` says when something in its environment or configuration is changed."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import yaml

from cli.data_dir import with_folder
from cli.doctor import printing
from cli.doctor.examining import examine
from cli.doctor.patient import Patient
from cli.doctor.verdict import Finding, Level
from demo.parts.registry import RegistryProcess
from demo.world import World
from workers.store.store import utc_now

SECRETS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "REGCLEAN_SIGNING_KEY", "PASSWORD")
_SHORT = 5


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What was found; every verdict that is not fine has all that a person needs."""

    findings: Sequence[Finding]

    def of(self, check: str, subject: str = "") -> Finding:
        (found,) = [each for each in self.findings if each.check == check and each.subject == subject]
        return found

    @property
    def wrong(self) -> list[str]:
        """What is neither fine nor left out, as `level check subject`."""
        found = (each for each in self.findings if each.verdict.level not in {Level.FINE, Level.SKIPPED})
        return [f"{each.verdict.level} {each.check} {each.subject}".rstrip() for each in found]

    @property
    def exit_code(self) -> int:
        return printing.worst(self.findings).exit_code


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """`document` is the configuration's content. Each change gives another clinic; the world stays as it is."""

    world: World
    folder: Path
    environ: Mapping[str, str]
    document: Mapping[str, Any]
    clock: Callable[[], datetime] = field(default=utc_now)
    request_url: str = ""

    @classmethod
    def of(cls, world: World, folder: Path) -> Self:
        document = yaml.safe_load(Path(world.environment["REGCLEAN_CONFIG"]).read_text())
        environ = dict(with_folder(world.environment, world.folder / "data"))
        environ["REGCLEAN_SIGNING_KEY"] = Path(environ.pop("REGCLEAN_SIGNING_KEY_FILE")).read_text()
        return cls(world=world, folder=folder, environ=environ, document=document)

    def with_environment(self, **changes: str | None) -> Self:
        """None takes a variable away."""
        kept = {name: value for name, value in self.environ.items() if name not in changes}
        return replace(self, environ=kept | {name: value for name, value in changes.items() if value is not None})

    def with_settings(self, **changes: Any) -> Self:
        """Other blocks of the configuration."""
        return replace(self, document={**self.document, **changes})

    def with_registry(self, **changes: Any) -> Self:
        """The first registry alone, changed; None takes a key away."""
        changed = {**self.document["registries"][0], **changes}
        return self.with_settings(registries=[{key: value for key, value in changed.items() if value is not None}])

    def with_gc(self, **changes: Any) -> Self:
        return self.with_registry(gc={**self.document["registries"][0]["gc"], **changes})

    def at(self, registry: RegistryProcess, **changes: Any) -> Self:
        """Another registry in place of the first, without anything to collect it."""
        plain = None if registry.settings.tls else True
        return self.with_registry(url=registry.url, plain_http=plain, gc=None, **changes)

    def examine(self, *only: str) -> Chart:
        config = self.folder / "examined.yaml"
        config.write_text(yaml.safe_dump(dict(self.document), sort_keys=False))
        environ = dict(self.environ)
        if environ.get("REGCLEAN_CONFIG") == self.world.environment["REGCLEAN_CONFIG"]:
            environ["REGCLEAN_CONFIG"] = str(config)

        async def examined() -> Sequence[Finding]:
            async with Patient(environ=environ, clock=self.clock, request_url=self.request_url) as patient:
                return await examine(patient, only)

        return self._told(asyncio.run(examined()))

    def _told(self, findings: Sequence[Finding]) -> Chart:
        printed = printing.as_text(findings) + printing.as_json(findings)
        planted = [value for name in SECRETS if len(value := self.environ.get(name, "")) > _SHORT]
        assert not [secret for secret in planted if secret in printed]
        for each in findings:
            silent = each.verdict.level in {Level.FINE, Level.SKIPPED}
            parts = (each.verdict.finding, each.verdict.consequence, each.verdict.remedy)
            assert all(part.endswith(".") for part in parts if part), parts
            assert each.verdict.remedy[:1] == each.verdict.remedy[:1].upper()
            assert [bool(part) for part in parts] == [True, not silent, not silent], each
        assert json.loads(printing.as_json(findings))["exit_code"] == printing.worst(findings).exit_code
        return Chart(findings=findings)
