"""Throw-away manifests that an attempt sent before it was killed: nothing of them is left, however late they come."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from demo.parts.images import Layer, image
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.bench import Bench, config, settings
from tests.conftest import MakeRegistry
from workers.begun import ENDED
from workers.core.digest import Digest
from workers.core.manifest import OCI_INDEX
from workers.core.request import Request, State
from workers.ending import take_up
from workers.removal import execute_request
from workers.store.ledger import Change
from workers.untagging import throw_away

LATE = 1.0
"""Seconds after which what was sent comes to the registry."""
CALL = "5s"
NEVER_WAITED_FOR = "10m"


@dataclass(frozen=True, slots=True)
class Killed:
    """A request whose first attempt was killed after it had announced a throw-away manifest for `app:1`."""

    bench: Bench
    remote: Remote
    request_id: str
    body: bytes

    def put(self) -> None:
        answer = self.remote.http.put("/v2/app/manifests/1", content=self.body, headers={"Content-Type": OCI_INDEX})
        assert answer.status_code == 201

    def cancel(self) -> None:
        self.bench.store.ledger.change(self.request_id, lambda each: Change(request=each.cancel_soon("U0RITA0001")))

    def goes_on(self, meanwhile: Callable[[], None] = lambda: None) -> Request:
        late = threading.Timer(LATE, meanwhile)
        late.start()
        try:
            return self.bench.work(self.request_id)
        finally:
            late.join()

    def check(self, *tags: str) -> None:
        """These tags are left and can be pulled, and the throw-away manifest is gone."""
        assert sorted(self.remote.tags("app")) == sorted(tags)
        for tag in tags:
            self.remote.pull("app", tag)
        assert self.remote.digest("app", str(Digest.of(self.body))) is None
        assert not self.bench.store.journal.placeholders(self.request_id)
        self.bench.store.ledger.chain.verify()


@pytest.fixture
def call() -> str:
    return CALL


@pytest.fixture
def killed(make_registry: MakeRegistry, redis_url: str, call: str) -> Iterator[Killed]:
    registry: RegistryProcess = make_registry(version="2.8.2")
    bench = Bench(config(settings(registry, timeout=call)), redis_url)
    content, body = image(Layer("content", 1000)), throw_away()
    with Remote(registry.url) as remote:
        remote.push("app", "1", content)
        remote.put_manifest("app", "2", content)
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        take_up(bench.runtime, request_id)
        bench.store.journal.announce(request_id, 0, Digest.of(body))
        yield Killed(bench, remote, request_id, body)


def test_one_that_comes_after_the_next_attempt_began_is_waited_for_and_removed(killed: Killed) -> None:
    assert killed.goes_on(killed.put).state is State.DONE
    killed.check("2")


def test_one_that_was_never_sent_keeps_nothing_from_being_done(killed: Killed) -> None:
    assert killed.goes_on().state is State.DONE
    killed.check("2")


@pytest.mark.parametrize("call", [NEVER_WAITED_FOR])
def test_one_that_came_through_is_not_waited_for(killed: Killed) -> None:
    killed.put()
    assert killed.goes_on().state is State.DONE
    killed.check("2")
    assert killed.bench.story(killed.request_id)[3:] == ["started", "resumed", "step", "done"]


@pytest.mark.parametrize(("call", "late"), [(CALL, True), (NEVER_WAITED_FOR, False)], ids=["late", "before"])
def test_after_a_cancel_it_is_removed_too_and_told(killed: Killed, late: bool) -> None:
    killed.cancel()
    if not late:
        killed.put()
    ended = killed.goes_on(killed.put if late else lambda: None)
    assert (ended.state, ended.tally.done) == (State.CANCELLED, 1)
    killed.check("2")
    (told,) = [entry.details for entry in killed.bench.told(killed.request_id) if entry.action.value == "step"]
    assert (told["result"], told["why"]) == ("done", ENDED)


def test_after_a_cancel_the_tag_stays_where_nothing_was_sent(killed: Killed) -> None:
    killed.cancel()
    ended = killed.goes_on()
    assert (ended.state, ended.tally.done) == (State.CANCELLED, 0)
    assert sorted(killed.remote.tags("app")) == ["1", "2"]
    killed.remote.pull("app", "1")


@pytest.mark.parametrize("call", [NEVER_WAITED_FOR])
def test_a_worker_that_is_told_to_stop_waits_no_longer(killed: Killed, monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()
    monkeypatch.setattr("workers.removal.stopping", told.is_set)
    threading.Timer(LATE, told.set).start()
    execute_request(killed.bench.runtime, killed.request_id)
    assert killed.bench.request(killed.request_id).state is State.RUNNING
    assert killed.bench.request(killed.request_id).attempt == 2
    assert sorted(killed.remote.tags("app")) == ["1", "2"]


def test_a_step_that_is_not_in_the_plan_was_begun_by_nobody(killed: Killed) -> None:
    killed.bench.store.journal.announce(killed.request_id, 7, Digest.of(killed.body))
    ended = killed.goes_on()
    assert ended.state is State.FAILED
    assert "not in the plan" in ended.note
    assert sorted(killed.remote.tags("app")) == ["1", "2"]
