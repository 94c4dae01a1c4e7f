"""A bench for the workers' room: real registries and a real Redis behind a Runtime, with people played by the test."""

import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from demo.parts.registry import RegistryProcess
from workers.collecting import collect_request
from workers.config import Config
from workers.core.approval import Approval, KeyRing
from workers.core.audit import Entry, Event, Happened
from workers.core.request import Action, Origin, Request
from workers.core.rules import Denial
from workers.planning import plan_request
from workers.removal import execute_request
from workers.runtime import Runtime
from workers.store.connection import WORKER, Patience, connect
from workers.store.ledger import Change
from workers.store.store import Store, utc_now
from workers.store.tasks import next_job

KEY = b"0123456789abcdef0123456789abcdef"
REQUESTER, APPROVER = "U0RITA0001", "U0ADA00001"


def gc_settings(registry: RegistryProcess, **changes: Any) -> dict[str, Any]:
    """The runner `command` as an operator would configure it for a registry of this machine."""
    control = [sys.executable, "-m", "demo.parts.registryctl", str(registry.folder)]
    return {
        "runner": "command",
        "read_only_on": [[*control, "read-only-on"]],
        "read_only_off": [[*control, "read-only-off"]],
        "dry_run": [*control, "collect", "--dry-run"],
        "collect": [*control, "collect"],
        "restart": [[*control, "restart"]],
        "stop": [[*control, "stop-collector"]],
        "collecting": [*control, "is-collecting"],
        "storage_root": str(registry.storage_root),
        "push_grace": 0,
        **changes,
    }


def settings(registry: RegistryProcess, name: str = "sample", **changes: Any) -> dict[str, Any]:
    return {"name": name, "url": registry.url, "plain_http": True, **changes}


def document(*registries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The configuration file's content."""
    return {
        "registries": list(registries),
        "approvals": {"approvers": [APPROVER], "expiry": "24h"},
        "channels": {"default": "C0CLEAN001"},
        **changes,
    }


def config(*registries: dict[str, Any], **changes: Any) -> Config:
    return Config.model_validate(document(*registries, **changes))


@dataclass(slots=True)
class Bench:
    """One Redis, and what is configured; the store's clock goes ahead by `ahead`."""

    config: Config
    redis_url: str
    ahead: timedelta = field(default_factory=timedelta)
    patience: Patience = WORKER
    ring: KeyRing = field(default=KeyRing((KEY,)))

    @property
    def store(self) -> Store:
        redis = connect(self.redis_url, self.patience)
        return Store.open(redis, self.ring, clock=lambda: utc_now() + self.ahead)

    @property
    def runtime(self) -> Runtime:
        return Runtime(config=self.config, store=self.store, environ={})

    def ask(
        self, *targets: str, action: Action = Action.REMOVE, registry: str = "sample", accepts_damage: bool = False
    ) -> str:
        """Open a request as the bot would; its id."""
        store = self.store
        request = Request(
            id=f"r-{secrets.token_hex(4)}",
            action=action,
            registry=registry,
            targets=targets,
            requester=REQUESTER,
            reason="the disk is full",
            origin=Origin(channel="C0CLEAN001"),
            created_at=store.clock(),
            accepts_damage=accepts_damage,
        )
        opened = Event.of(Happened.OPENED, REQUESTER, action=action.value, registry=registry, targets=list(targets))
        store.ledger.open([Change(request=request, events=[opened])], payload=request.id)
        return request.id

    def enqueue(self, request_id: str) -> None:
        """Give the job that the request needs now to the workers, where there are any."""
        store, job = self.store, next_job(self.request(request_id))
        assert job
        pipe = store.redis.pipeline()
        store.queues.push(job, pipe)
        pipe.execute()

    def planned(
        self, *targets: str, action: Action = Action.REMOVE, registry: str = "sample", accepts_damage: bool = False
    ) -> str:
        request_id = self.ask(*targets, action=action, registry=registry, accepts_damage=accepts_damage)
        plan_request(self.runtime, request_id)
        return request_id

    def approve(self, request_id: str, lasts: timedelta = timedelta(hours=24)) -> None:
        """Say yes as an approver, as the bot would record it."""
        store = self.store

        def decide(request: Request) -> Change:
            approval = Approval(
                request=request.id,
                registry=request.registry,
                fingerprint=request.fingerprint,
                approvers=(APPROVER,),
                decided_at=store.clock(),
                expires_at=store.clock() + lasts,
            )
            signed = replace(approval, signature=store.keys.sign(approval.message))
            approved = request.approved(signed)
            job = next_job(approved)
            events = [Event.of(Happened.APPROVED, APPROVER, fingerprint=request.fingerprint)]
            return Change(request=approved, events=events, jobs=[job] if job else [])

        result = store.ledger.change(request_id, decide)
        assert not isinstance(result, Denial)

    def work(self, request_id: str) -> Request:
        """Run the approved request's job once, here."""
        request = self.request(request_id)
        job = collect_request if request.action is Action.COLLECT else execute_request
        job(self.runtime, request_id)
        return self.request(request_id)

    def through(self, *targets: str, action: Action = Action.REMOVE, registry: str = "sample") -> Request:
        """Ask, plan, approve, and work."""
        request_id = self.planned(*targets, action=action, registry=registry)
        self.approve(request_id)
        return self.work(request_id)

    def request(self, request_id: str) -> Request:
        return self.store.ledger.load(request_id)

    def steps(self, request_id: str) -> Sequence[tuple[str, list[str]]]:
        return [(step.verb.value, [str(tag) for tag in step.tags]) for step in self.store.ledger.plan(request_id).steps]

    def kept(self, request_id: str) -> dict[str, str]:
        return {kept.what: kept.why for kept in self.store.ledger.plan(request_id).kept}

    def results(self, request_id: str) -> dict[int, tuple[str, str]]:
        outcomes = self.store.journal.outcomes(request_id)
        return {step: (outcome.result.value, outcome.why) for step, outcome in sorted(outcomes.items())}

    def story(self, request_id: str) -> list[str]:
        return [entry.action.value for entry in self.told(request_id)]

    def told(self, request_id: str) -> list[Entry]:
        return list(self.store.ledger.chain.of(request_id))
