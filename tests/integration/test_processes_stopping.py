"""Told to stop in the middle of 500 deletes, each process goes within seconds, and its successor ends its work."""

import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.manifest import manifest
from demo.parts.redis import RedisProcess
from demo.parts.remote import Remote
from demo.parts.storage import Shape, fill
from demo.workspace import RunningWorkspace, Seen, WorkspaceSettings, registered, running_workspace
from demo.workspace.content import ADA, REGISTRY_CLEAN
from tests.bench import Bench, config, document, settings
from tests.conftest import MakeRegistry
from tests.crew import Crew, Member, eventually

pytestmark = pytest.mark.timeout(240)

IMAGES = 500
PROCESSES = ("worker clean", "replies", "bot", "worker lookup", "worker gc", "sweep")
GONE_WITHIN = 10


@dataclass(slots=True)
class House:
    """All processes, each by itself, with the workspace they talk to; `members` are those that run now."""

    bench: Bench
    crew: Crew
    workspace: RunningWorkspace
    remote: Remote
    images: list[str]
    members: dict[str, Member] = field(default_factory=dict)

    def start(self, name: str) -> None:
        own: dict[str, str] = {}
        if name in {"bot", "replies"}:
            own = {"SLACK_BOT_TOKEN": self.workspace.bot_token, "SLACK_API_URL": self.workspace.api_url}
            own |= {"SLACK_APP_TOKEN": self.workspace.app_token, "REGCLEAN_HOST": "127.0.0.1", "PORT": "0"}
        self.members[name] = self.crew.start(*name.split(), **own)

    def approved(self) -> tuple[str, Seen]:
        """The request, and the card on which Ada approved it."""
        rita, ada = self.workspace.rita, self.workspace.ada
        request_id = self.bench.planned(*self.images)
        card = rita.waits_for(lambda each: "Approve" in each.buttons, seconds=30)
        ada.clicks(card, "Approve")
        return request_id, card

    def steps_done(self, request_id: str) -> int:
        return len(self.bench.store.journal.outcomes(request_id))


@pytest.fixture
def house(make_registry: MakeRegistry, own_redis: RedisProcess, tmp_path: Path) -> Iterator[House]:
    folder = tmp_path / "registry"
    stored = fill(folder / "storage", Shape(repositories=1, tags=IMAGES))
    registry = make_registry(version="2.8.2", folder=folder)
    own: dict[str, Any] = {
        "approvals": {"approvers": [ADA]},
        "channels": {"default": REGISTRY_CLEAN},
        "limits": {"images_per_request": IMAGES},
    }
    with (
        running_workspace(registered(manifest(None), WorkspaceSettings())) as workspace,
        Crew(tmp_path / "crew", document(settings(registry), **own), own_redis.url) as crew,
        Remote(registry.url) as remote,
    ):
        bench = Bench(config(settings(registry), **own), own_redis.url)
        made = House(bench, crew, workspace, remote, [f"{each.repository}:{each.tag}" for each in stored])
        for name in PROCESSES:
            made.start(name)
        yield made


def test_each_process_goes_and_another_ends_its_work(house: House) -> None:
    request_id, card = house.approved()
    for part, name in enumerate(PROCESSES):
        # Spread over the first part of the work, so that all of them are told in the middle of it.
        eventually(lambda part=part: house.steps_done(request_id) >= 20 + 40 * part, 60)  # type: ignore[misc]
        assert house.steps_done(request_id) < IMAGES
        member = house.members[name]
        member.send(signal.SIGTERM)
        assert member.ends() < GONE_WITHIN, name
        assert member.process.returncode == 0, member.said[-2000:]
        house.start(name)

    eventually(lambda: house.bench.request(request_id).state.is_final, 120)
    request = house.bench.request(request_id)
    assert (request.state.value, request.tally.done, request.tally.failed) == ("done", IMAGES, 0)
    told = Counter(entry.details["step"] for entry in house.bench.told(request_id) if entry.action.value == "step")
    assert told == Counter(range(IMAGES))
    assert house.bench.story(request_id).count("resumed") == 1
    assert house.bench.store.ledger.chain.verify() > IMAGES
    assert house.remote.tags("load/r00000") in ([], None)
    done = house.workspace.rita.waits_until(card, lambda each: "*Done*" in each.plain, 60)
    assert f"{IMAGES} of {IMAGES} done" in done.plain
