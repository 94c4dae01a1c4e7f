"""Collections against real registries and collectors: fenced, collected, measured, unfenced, and mended."""

from pathlib import Path

import pytest

from demo.parts import sample
from demo.parts.images import Layer, image
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.bench import Bench, config, gc_settings, settings
from workers.core.gain import gain
from workers.core.request import Action, State
from workers.store.fences import Fence
from workers.sweeper import Sweeper
from workers.untagging import throw_away


@pytest.fixture
def bench(registry: RegistryProcess, redis_url: str) -> Bench:
    return Bench(config(settings(registry, gc=gc_settings(registry))), redis_url)


def used(registry: RegistryProcess) -> int:
    """Bytes of all blobs on the disk, counted by the test itself."""
    return sum(path.stat().st_size for path in (registry.storage_root / "docker/registry/v2/blobs").rglob("data"))


def takes_writes(registry: RegistryProcess) -> bool:
    with Remote(registry.url) as remote:
        return remote.http.post("/v2/probe/blobs/uploads/").status_code == 202


def test_bytes_freed_equal_what_the_card_said_and_the_emptied_repository_leaves(
    registry: RegistryProcess, bench: Bench
) -> None:
    sample.seed(registry.url)
    with Remote(registry.url) as remote:
        remote.push("registry/app", "1", image(Layer("nested", 1000)))
    removed = bench.through("library/busybox:1.36.1", "registry:latest", "demo/nginx:1.26")
    assert removed.state is State.DONE
    touched = {str(name) for name in bench.store.touched.load("sample")}
    assert touched == {"library/busybox", "registry", "demo/nginx"}
    before = used(registry)
    request_id = bench.planned(action=Action.COLLECT)
    plan = bench.store.ledger.plan(request_id)
    assert plan.collection is not None
    assert [str(name) for name in plan.collection.emptied] == ["registry"]
    bench.approve(request_id)
    done = bench.work(request_id)
    assert (done.state, done.note) == (State.DONE, "")
    assert done.freed == plan.frees == before - used(registry) > 1_000_000
    thrown_away = len(throw_away()) if registry.version == "2.8.2" else 0  # its manifest took nginx's tag off
    assert bench.store.ledger.plan(removed.id).frees + thrown_away == done.freed
    with Remote(registry.url) as remote:
        assert sorted(remote.catalog()) == ["demo/nginx", "library/busybox", "registry/app"]
        remote.pull("registry/app", "1")
        remote.pull("demo/nginx", "latest")
        again = remote.push("library/busybox", "1.36.1", sample.sample_images()[("library/busybox", "1.36.1")])
        assert len(again.uploaded) >= 2
        remote.pull("library/busybox", "1.36.1")
    assert bench.story(request_id) == [
        "opened", "planned", "approved", "started", "fenced", "collected", "unfenced", "verified", "done",
    ]  # fmt: skip
    assert bench.store.fences.load("sample") is None
    assert bench.store.touched.load("sample") == frozenset(), "what was changed was read in full"
    assert bench.store.collected.by(removed) == bench.store.collected.by(done) == request_id
    assert bench.story(removed.id)[-2:] == ["done", "collected"]
    assert bench.store.collected.untold(done) == []


def test_what_a_removal_that_came_otherwise_leaves_is_what_the_collector_takes(
    registry: RegistryProcess, bench: Bench
) -> None:
    base = Layer("a base that all of them share", 50_000)
    with Remote(registry.url) as remote:
        for tag in ("1", "2", "3"):
            remote.push("app", tag, image(base, Layer(f"own of {tag}", 1000)))
        removal = bench.planned("app:1", "app:2", "app:3")
        bench.approve(removal)
        remote.put_manifest("app", "kept", image(base, Layer("own of 2", 1000)))
        assert bench.work(removal).tally.done == 3
        assert remote.tags("app") == ["kept"]
    found = gain(bench.store.ledger.plan(removal), bench.store.journal.outcomes(removal))
    assert found.exact
    assert 2_000 < found.size < 50_000 < bench.store.ledger.plan(removal).frees
    before = used(registry)
    done = bench.through(action=Action.COLLECT)
    thrown_away = len(throw_away()) if registry.version == "2.8.2" else 0
    assert done.freed == before - used(registry) == found.size + thrown_away


def test_nothing_to_collect_is_refused_at_once(registry: RegistryProcess, bench: Bench) -> None:
    sample.seed(registry.url)
    refused = bench.request(bench.planned(action=Action.COLLECT))
    assert (refused.state, refused.note) == (State.REFUSED, "There is nothing to collect in sample.")


def test_a_registry_nobody_pushed_to_and_a_repository_without_untagged_manifests_are_said(
    registry: RegistryProcess, bench: Bench
) -> None:
    refused = bench.request(bench.planned(action=Action.COLLECT))
    assert refused.note == "There is no repository in sample, so there is nothing to collect."
    refused = bench.request(bench.planned("app", action=Action.UNTAGGED))
    assert refused.note == "There is no repository app in sample."
    with Remote(registry.url) as remote:
        remote.push("app", "1", image(Layer("content", 1000)))
    refused = bench.request(bench.planned("app", action=Action.UNTAGGED))
    assert refused.note == "There is no untagged manifest in app."
    refused = bench.request(bench.planned("never/pushed", action=Action.UNTAGGED))
    assert refused.note == "There is no repository never/pushed in sample."
    refused = bench.request(bench.planned("never/pushed", "app", action=Action.UNTAGGED))
    assert refused.note == "There is no untagged manifest in never/pushed, app."


def test_more_than_approved_is_not_collected_and_the_fence_is_lifted(registry: RegistryProcess, bench: Bench) -> None:
    with Remote(registry.url) as remote:
        for tag in ("1", "2"):
            remote.push("app", tag, image(Layer(tag, 1000)))
        bench.through("app:1")
        request_id = bench.planned(action=Action.COLLECT)
        bench.through("app:2")
        bench.approve(request_id)
        before = used(registry)
        stale = bench.work(request_id)
    assert stale.state is State.STALE
    assert bench.store.collected.by(stale) == ""
    assert "blobs more than approved would go now" in stale.note
    assert used(registry) == before
    assert takes_writes(registry)


def test_untagged_manifests_are_counted_and_can_be_planned_by_digest(registry: RegistryProcess, bench: Bench) -> None:
    old, new = image(Layer("old", 5000)), image(Layer("new", 1000))
    with Remote(registry.url) as remote:
        remote.push("app", "1", old)
        remote.push("app", "1", new)
        remote.push("gone", "1", image(Layer("gone", 1000)))
        bench.through("gone:1")
        plan = bench.store.ledger.plan(bench.planned(action=Action.COLLECT))
        assert plan.collection is not None
        assert plan.collection.untagged == 1
        assert plan.collection.untagged_size == old.size
        done = bench.through("app", action=Action.UNTAGGED)
        assert done.state is State.DONE
        assert remote.digest("app", old.digest) is None
        remote.pull("app", "1")


def test_without_a_runner_both_are_refused(registry: RegistryProcess, redis_url: str) -> None:
    bench = Bench(config(settings(registry)), redis_url)
    for request_id in (bench.planned(action=Action.COLLECT), bench.planned("app", action=Action.UNTAGGED)):
        assert "no gc runner" in bench.request(request_id).note


def failing(registry: RegistryProcess, tmp_path: Path, step: str) -> dict[str, object]:
    """The runner's settings with one command that fails."""
    script = tmp_path / "fails"
    script.write_text("#!/bin/sh\necho no space left >&2\nexit 3\n")
    script.chmod(0o755)
    return gc_settings(registry, **{step: [str(script)] if step == "collect" else [[str(script)]]})


@pytest.mark.parametrize("step", ["collect", "read_only_on", "restart"])
def test_a_failure_ends_with_the_registry_writable_or_people_alerted(
    registry: RegistryProcess, redis_url: str, tmp_path: Path, step: str
) -> None:
    bench = Bench(config(settings(registry, gc=failing(registry, tmp_path, step))), redis_url)
    with Remote(registry.url) as remote:
        remote.push("app", "1", image(Layer("1", 1000)))
        remote.push("app", "2", image(Layer("2", 1000)))
    bench.through("app:1")
    failed = bench.through(action=Action.COLLECT)
    assert failed.state is State.FAILED
    assert "no space left" in failed.note
    alerted = "alert" in bench.story(failed.id)
    assert takes_writes(registry) or alerted
    assert (bench.store.fences.load("sample") is None) is not alerted
    with Remote(registry.url) as remote:
        remote.pull("app", "2")


def test_a_registry_that_still_takes_writes_is_not_collected(registry: RegistryProcess, redis_url: str) -> None:
    bench = Bench(config(settings(registry, gc=gc_settings(registry, read_only_on=[["true"]]))), redis_url)
    with Remote(registry.url) as remote:
        remote.push("app", "1", image(Layer("1", 1000)))
    bench.through("app:1")
    before = used(registry)
    failed = bench.through(action=Action.COLLECT)
    assert failed.state is State.FAILED
    assert "still takes writes" in failed.note
    assert used(registry) == before


def test_the_sweeper_lifts_a_fence_whose_owner_died(registry: RegistryProcess, bench: Bench) -> None:
    sample.seed(registry.url)
    request_id = bench.ask(action=Action.COLLECT)
    runtime = bench.runtime
    runner = runtime.runner(bench.config.registry("sample"))
    assert runner
    runtime.store.fences.save(Fence(registry="sample", request=request_id, since="2026-01-01T00:00:00+00:00"))
    runner.read_only(on=True)
    assert not takes_writes(registry)
    Sweeper(runtime).sweep()
    assert takes_writes(registry)
    assert runtime.store.fences.load("sample") is None
    assert bench.story(request_id) == ["opened", "mended"]


def test_a_fence_is_left_alone_while_its_collector_cannot_be_seen(
    registry: RegistryProcess, redis_url: str, tmp_path: Path
) -> None:
    blind = tmp_path / "blind"
    blind.write_text("#!/bin/sh\nexit 7\n")
    blind.chmod(0o755)
    bench = Bench(config(settings(registry, gc=gc_settings(registry, collecting=[str(blind)]))), redis_url)
    request_id = bench.ask(action=Action.COLLECT)
    runtime = bench.runtime
    runner = runtime.runner(bench.config.registry("sample"))
    assert runner
    fence = Fence(registry="sample", request=request_id, since="2026-01-01T00:00:00+00:00", collector="elsewhere")
    runtime.store.fences.save(fence)
    runner.read_only(on=True)
    sweeper = Sweeper(runtime)
    sweeper.sweep()
    sweeper.sweep()
    assert not takes_writes(registry)
    assert bench.story(request_id) == ["opened", "alert"]
