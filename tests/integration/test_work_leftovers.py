"""Tags that a registry keeps in its list after their manifest was deleted: none is left, or it is said which."""

from pathlib import Path

import pytest

from demo.parts.images import Layer, image
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.bench import Bench, config, settings
from tests.conftest import MakeRegistry
from workers.core.digest import Digest
from workers.core.manifest import OCI_INDEX
from workers.core.outcome import Outcome, Result
from workers.core.request import State
from workers.ending import take_up
from workers.recorder import told
from workers.untagging import throw_away


@pytest.fixture
def bench(registry: RegistryProcess, redis_url: str) -> Bench:
    return Bench(config(settings(registry)), redis_url)


def tag_folder(registry: RegistryProcess, tag: str) -> Path:
    return registry.storage_root / "docker/registry/v2/repositories/app/_manifests/tags" / tag


def test_deletes_beside_untags_in_one_repository_leave_no_tag_without_a_manifest(
    make_registry: MakeRegistry, redis_url: str
) -> None:
    # distribution 2.8 answers 500 and leaves tags when it meets one that is just being written.
    registry = make_registry(version="2.8.2")
    bench = Bench(config(settings(registry, concurrency=16)), redis_url)
    with Remote(registry.url) as remote:
        for number in range(40):
            content = image(Layer(f"content {number}", 50))
            remote.push("app", f"1.{number}", content)
            if number % 2:
                remote.put_manifest("app", f"stays-{number}", content)
        request_id = bench.planned(*(f"app:1.{number}" for number in range(40)))
        bench.approve(request_id)
        assert bench.work(request_id).state is State.DONE
        assert sorted(remote.tags("app")) == sorted(f"stays-{number}" for number in range(1, 40, 2))
        for tag in remote.tags("app"):
            remote.pull("app", tag)
    assert "http.response.status=500" not in registry.log_path.read_text()


def test_tags_left_by_a_delete_whose_answer_was_lost_come_off_on_resume(
    registry: RegistryProcess, bench: Bench
) -> None:
    first, second = image(Layer("first", 1000)), image(Layer("second", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", first)
        remote.push("app", "2", second)
        request_id = bench.planned("app:1", "app:2")
        bench.approve(request_id)
        take_up(bench.runtime, request_id)
        plan = bench.store.ledger.plan(request_id)
        done = next(number for number, step in enumerate(plan.steps) if str(step.digest) == first.digest)
        # As 2.8 leaves it: the revision is gone, the tag is not; and the outcome was recorded before the kill.
        remote.delete("app", first.digest)
        put_back(registry, "1", first.digest)
        outcome = Outcome(step=done, result=Result.DONE)
        bench.store.journal.record(request_id, [outcome], [told(outcome, plan.steps[done])])
        assert "1" in remote.tags("app")
        assert bench.work(request_id).state is State.DONE
        assert remote.tags("app") == []


def put_back(registry: RegistryProcess, tag: str, digest: str) -> None:
    link = tag_folder(registry, tag) / "current/link"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.write_text(digest)


def test_a_tag_that_was_pushed_again_meanwhile_is_no_leftover(registry: RegistryProcess, bench: Bench) -> None:
    old, new = image(Layer("old", 1000)), image(Layer("new", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", old)
        remote.push("app", "2", image(Layer("other", 1000)))
        request_id = bench.planned("app:1", "app:2")
        bench.approve(request_id)
        take_up(bench.runtime, request_id)
        plan = bench.store.ledger.plan(request_id)
        done = next(number for number, step in enumerate(plan.steps) if str(step.digest) == old.digest)
        remote.delete("app", old.digest)
        outcome = Outcome(step=done, result=Result.DONE)
        bench.store.journal.record(request_id, [outcome], [told(outcome, plan.steps[done])])
        remote.push("app", "1", new)
        assert bench.work(request_id).state is State.DONE
        assert remote.tags("app") == ["1"]
        remote.pull("app", "1")


def test_a_throw_away_manifest_for_a_leftover_is_finished_after_a_kill(
    make_registry: MakeRegistry, redis_url: str
) -> None:
    registry = make_registry(version="2.8.2")
    bench = Bench(config(settings(registry)), redis_url)
    content, body = image(Layer("content", 1000)), throw_away()
    with Remote(registry.url) as remote:
        remote.push("app", "1", content)
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        take_up(bench.runtime, request_id)
        plan = bench.store.ledger.plan(request_id)
        remote.delete("app", content.digest)
        outcome = Outcome(step=0, result=Result.DONE)
        bench.store.journal.record(request_id, [outcome], [told(outcome, plan.steps[0])])
        bench.store.journal.announce(request_id, 0, Digest.of(body))
        remote.http.put("/v2/app/manifests/1", content=body, headers={"Content-Type": OCI_INDEX})
        assert bench.work(request_id).state is State.DONE
        assert remote.tags("app") == []
        assert remote.digest("app", str(Digest.of(body))) is None


def test_tags_that_cannot_come_off_are_told_by_name(make_registry: MakeRegistry, redis_url: str) -> None:
    registry = make_registry(version="2.8.2")
    bench = Bench(config(settings(registry, untag="refuse")), redis_url)
    content = image(Layer("content", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", content)
        remote.push("app", "2", image(Layer("other", 1000)))
        request_id = bench.planned("app:1", "app:2")
        bench.approve(request_id)
        take_up(bench.runtime, request_id)
        remote.delete("app", content.digest)
        put_back(registry, "1", content.digest)
        failed = bench.work(request_id)
        assert remote.tags("app") == ["1"]
    assert failed.state is State.FAILED
    assert failed.note == "The manifests of app:1 are gone, but the registry still lists the tags; its log says why."
    assert failed.tally.done == 2
