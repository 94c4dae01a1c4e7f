"""Desk: the place where commands are served, with nothing behind it: what is opened is looked at and forgotten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final, cast

from bot.commands import Desk
from bot.service import Service
from workers.config import Config
from workers.core.errors import BadRecord
from workers.core.names import Reference, RepositoryName
from workers.core.request import Action, Request
from workers.store import records
from workers.store.ledger import Change
from workers.store.lookups import Lookup
from workers.store.standing import Standing
from workers.store.store import Store

_ARGUMENTS: Final = [["registry", "garbage-collect"]]
CONFIG: Final = Config.model_validate(
    {
        "registries": [
            {
                "name": "prod",
                "url": "https://registry.example.com",
                "gc": {
                    "runner": "command",
                    "read_only_on": _ARGUMENTS,
                    "read_only_off": _ARGUMENTS,
                    "dry_run": [*_ARGUMENTS[0], "--dry-run"],
                    "collect": _ARGUMENTS[0],
                },
            },
            {"name": "staging", "url": "https://staging.example.com:5000"},
        ],
        "approvals": {"approvers": ["U0000ADA", "U0000BEN"]},
        "channels": {"default": "C0000001"},
    }
)
_NAMES: Final = {each.name for each in CONFIG.registries}


@dataclass(slots=True)
class _Ledger:
    """Takes everything, and keeps nothing."""

    chain: Any = field(default_factory=SimpleNamespace)

    def open(self, changes: Sequence[Change], _payload: str, admit: Callable[[Sequence[Standing]], None]) -> bool:
        assert changes
        admit([Standing("prod", "U0")])
        for change in changes:
            _is_sound(change.request)
            assert change.events
            assert change.jobs
        return True

    def open_ids(self) -> tuple[str, ...]:
        return ()

    def recent_ids(self, _count: int) -> tuple[str, ...]:
        return ()

    def load(self, request_id: str) -> Request:
        raise BadRecord(f"There is no request {request_id}.")

    def load_all(self, request_ids: Sequence[str]) -> list[Request]:
        assert not request_ids
        return []

    def change(self, request_id: str, _decide: object) -> Request:
        return self.load(request_id)


class _Lookups:
    def open(self, lookup: Lookup, _payload: str) -> bool:
        assert set(lookup.query.registries) <= _NAMES
        if lookup.query.repository:
            RepositoryName.parse(lookup.query.repository)
        assert records.read(records.write(lookup.as_json()), Lookup.from_json, "question") == lookup
        return True


def _is_sound(request: Request) -> None:
    """Only configured registries, only whole references, a reason that fits, and a record that says the same."""
    assert request.registry in _NAMES
    assert len(request.targets) == len(set(request.targets))
    for target in request.targets:
        assert (
            str(Reference.parse(target) if request.action is Action.REMOVE else RepositoryName.parse(target)) == target
        )
    assert bool(request.targets) != (request.action is Action.COLLECT)
    assert len(request.reason) <= 500
    assert records.read(records.write(request.as_json()), Request.from_json, "request") == request


def new_desk() -> Desk:
    store = SimpleNamespace(
        ledger=_Ledger(),
        lookups=_Lookups(),
        cards=SimpleNamespace(load_all=lambda _: []),
        clock=lambda: datetime(2026, 3, 1, tzinfo=UTC),
    )
    return Desk(Service(cast("Store", store), CONFIG), CONFIG)
