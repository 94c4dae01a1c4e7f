"""Whoever can write to Redis cannot make work: what was forged there is refused, and people are told."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from demo.parts.images import Layer, image
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.bench import APPROVER, REQUESTER, Bench, config, gc_settings, settings
from tests.conftest import MakeRegistry
from workers.core.approval import Approval, KeyRing
from workers.core.digest import Digest
from workers.core.errors import BadRecord
from workers.core.request import Request, State
from workers.ending import take_up
from workers.gc.footprint import Footprint
from workers.store import keys, records
from workers.store.fences import Fence
from workers.store.store import Store
from workers.sweeper import Sweeper
from workers.untagging import is_throw_away, throw_away

FOREIGN = KeyRing((b"f" * 32,))
CONTENT = image(Layer("content", 1000))
Forge = Callable[[Store, Request], None]


@pytest.fixture
def registry(make_registry: MakeRegistry) -> RegistryProcess:
    """Two tags on one image, of which one may be taken off; the version has no way to do that but a throw-away one."""
    made = make_registry(version="2.8.2")
    with Remote(made.url) as remote:
        remote.push("app", "1", CONTENT)
        remote.put_manifest("app", "2", CONTENT)
        remote.push("other", "1", image(Layer("other", 1000)))
    return made


@pytest.fixture
def bench(registry: RegistryProcess, redis_url: str) -> Bench:
    return Bench(
        config(settings(registry), settings(registry, "else", url=registry.url.replace("127.0.0.1", "localhost"))),
        redis_url,
    )


def saved(store: Store, request: Request, **changes: Any) -> None:
    store.redis.set(keys.request(request.id), records.write(replace(request, **changes).as_json()))


def approval_of(request: Request, **changes: Any) -> Approval:
    assert request.approval
    return replace(request.approval, **changes)


def nobody_approved(store: Store, request: Request) -> None:
    saved(store, request, approval=None)


def a_foreign_key_signed(store: Store, request: Request) -> None:
    approval = approval_of(request)
    saved(store, request, approval=replace(approval, signature=FOREIGN.sign(approval.message)))


def it_lasts_longer(store: Store, request: Request) -> None:
    saved(store, request, approval=approval_of(request, expires_at=store.clock() + timedelta(days=400)))


def somebody_else_approved(store: Store, request: Request) -> None:
    saved(store, request, approval=approval_of(request, approvers=("U0EVE00001",)))


def its_approver_asked_for_it(store: Store, request: Request) -> None:
    saved(store, request, requester=APPROVER)


def it_is_about_another_registry(store: Store, request: Request) -> None:
    saved(store, request, registry="else")


def it_has_another_plan(store: Store, request: Request) -> None:
    """With all that goes with it, but for the signature."""
    plan = store.ledger.plan(request.id)
    more = replace(plan, steps=(*plan.steps, replace(plan.steps[0], tags=(replace(plan.steps[0].tags[0], name="2"),))))
    store.redis.set(keys.plan(request.id), records.write(more.as_json()))
    approval = approval_of(request, fingerprint=more.fingerprint)
    saved(store, request, fingerprint=more.fingerprint, approval=approval)


def a_step_was_carried_out_that_there_is_not(store: Store, request: Request) -> None:
    store.redis.hset(keys.outcomes(request.id), "7", json.dumps({"step": 7, "result": "done", "why": ""}))


def an_outcome_cannot_be_read(store: Store, request: Request) -> None:
    store.redis.hset(keys.outcomes(request.id), "0", json.dumps({"step": -1, "result": "done", "why": ""}))


def the_image_is_called_a_throw_away_manifest(store: Store, request: Request) -> None:
    """Believed, it would be deleted with every tag on it, though only one tag was to be taken off."""
    store.journal.announce(request.id, 0, Digest.parse(CONTENT.digest))


FORGED: tuple[tuple[Forge, str], ...] = (
    (nobody_approved, "never approved"),
    (a_foreign_key_signed, "signature does not match"),
    (it_lasts_longer, "signature does not match"),
    (somebody_else_approved, "signature does not match"),
    (its_approver_asked_for_it, "approved by its own requester"),
    (it_is_about_another_registry, "another plan"),
    (it_has_another_plan, "signature does not match"),
    (a_step_was_carried_out_that_there_is_not, "not in the plan"),
    (an_outcome_cannot_be_read, "damaged"),
    (the_image_is_called_a_throw_away_manifest, "as one of our throw-away manifests"),
)


@pytest.mark.parametrize(("forge", "sentence"), FORGED, ids=[forge.__name__ for forge, _ in FORGED])
def test_what_was_forged_is_refused_and_people_are_alerted(
    registry: RegistryProcess, bench: Bench, forge: Forge, sentence: str
) -> None:
    request_id = bench.planned("app:1")
    assert bench.steps(request_id) == [("untag", ["1"])]
    bench.approve(request_id)
    forge(bench.store, bench.request(request_id))
    ended = bench.work(request_id)
    assert ended.state is State.FAILED
    assert sentence in ended.note
    assert ended.note.endswith("look into who can write to Redis.")
    assert bench.story(request_id)[-2:] == ["alert", "failed"]
    with Remote(registry.url) as remote:
        assert sorted(remote.tags("app")) == ["1", "2"]
        assert remote.tags("other") == ["1"]


def test_another_requests_approval_is_none(registry: RegistryProcess, bench: Bench) -> None:
    approved, asked = bench.planned("app:1"), bench.planned("app:1")
    bench.approve(approved)
    borrowed = bench.request(approved).approval
    saved(bench.store, bench.request(asked), state=State.APPROVED, approval=borrowed)
    ended = bench.work(asked)
    assert (ended.state, ended.requester) == (State.FAILED, REQUESTER)
    assert "another plan" in ended.note
    with Remote(registry.url) as remote:
        assert sorted(remote.tags("app")) == ["1", "2"]


def test_a_request_copied_to_another_name_is_not_even_read(bench: Bench) -> None:
    request_id = bench.planned("app:1")
    bench.approve(request_id)
    bench.store.redis.copy(keys.request(request_id), keys.request("r-00000000"))
    take_up(bench.runtime, request_id)
    with pytest.raises(BadRecord, match="The request r-00000000 in Redis is damaged"):
        bench.work("r-00000000")


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """Somebody's process, in a session of its own as a collector is."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as running:
        yield running
        running.kill()


def unsigned(fence: Fence, _: Store) -> bytes:
    return records.write(fence.as_json())


def signed_by_somebody_else(fence: Fence, _: Store) -> bytes:
    return records.write(fence.as_json() | {"signature": FOREIGN.sign(records.write(fence.as_json()))})


def changed_since(fence: Fence, store: Store) -> bytes:
    store.fences.save(replace(fence, collector=None))
    ours = json.loads(store.redis.get(keys.fence("sample")) or b"")
    return records.write(ours | {"collector": fence.collector})


def of_another_registry(fence: Fence, store: Store) -> bytes:
    store.fences.save(replace(fence, registry="else"))
    stored = store.redis.getdel(keys.fence("else"))
    assert isinstance(stored, bytes)
    return stored


@pytest.mark.parametrize("forge", [unsigned, signed_by_somebody_else, changed_since, of_another_registry])
def test_a_forged_fence_stops_nobodys_process_and_every_request_says_so(
    registry: RegistryProcess,
    redis_url: str,
    process: subprocess.Popen[bytes],
    forge: Callable[[Fence, Store], bytes],
) -> None:
    bench = Bench(config(settings(registry, gc=gc_settings(registry))), redis_url)
    approved = bench.planned("app:1")
    bench.approve(approved)
    fence = Fence(
        registry="sample",
        request=approved,
        since="2026-01-01T00:00:00+00:00",
        collector=str(Footprint.of(process.pid)),
    )
    bench.store.redis.set(keys.fence("sample"), forge(fence, bench.store))
    Sweeper(bench.runtime).sweep()
    assert process.poll() is None
    assert bench.store.redis.exists(keys.fence("sample"))
    ended = bench.work(approved)
    assert ended.state is State.FAILED
    assert "The fence of sample in Redis was not written by regclean" in ended.note
    assert "alert" in bench.story(approved)
    refused = bench.request(bench.planned("app:1"))
    assert refused.state is State.REFUSED
    assert "was not written by regclean" in refused.note
    with Remote(registry.url) as remote:
        assert sorted(remote.tags("app")) == ["1", "2"]


def test_a_fence_of_our_own_stops_its_collector(
    registry: RegistryProcess, redis_url: str, process: subprocess.Popen[bytes]
) -> None:
    """So that the test above could fail."""
    bench = Bench(config(settings(registry, gc=gc_settings(registry))), redis_url)
    asked = bench.ask("app:1")
    collector = str(Footprint.of(process.pid))
    bench.store.fences.save(
        Fence(registry="sample", request=asked, since="2026-01-01T00:00:00+00:00", collector=collector)
    )
    Sweeper(bench.runtime).sweep()
    assert process.wait(10) != 0
    assert bench.store.fences.load("sample") is None
    assert "mended" in bench.story(asked)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[" * 10_000,
        CONTENT.data,
        throw_away().replace(b'"manifests": []', b'"manifests": [{}]'),
        throw_away().replace(b"{", b'{"subject": {}, ', 1),
        throw_away().replace(b"io.regclean.placeholder", b"org.example.notes"),
    ],
)
def test_only_an_empty_index_with_our_mark_is_a_throw_away_manifest(body: bytes) -> None:
    assert is_throw_away(throw_away())
    assert not is_throw_away(body)
