"""Removals bounded in what they read, each with one sentence that says what to do."""

from demo.parts.images import Layer, image, index
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.bench import Bench, config, settings
from workers.core.request import State


def few(registry: RegistryProcess, redis_url: str, manifests: int) -> Bench:
    return Bench(config(settings(registry), limits={"plan_manifests": manifests}), redis_url)


def test_a_repository_with_more_manifests_than_may_be_read_is_refused(
    empty_registry: RegistryProcess, redis_url: str
) -> None:
    with Remote(empty_registry.url) as remote:
        for number in range(4):
            remote.push("app", str(number), image(Layer(str(number), 100)))
    refused = few(empty_registry, redis_url, 3)
    request = refused.request(refused.planned("app:0"))
    assert request.state is State.REFUSED
    assert request.note == (
        "app holds more than the 3 manifests that limits.plan_manifests lets one request read; ask whoever runs "
        "regclean to raise it."
    )
    enough = few(empty_registry, redis_url, 4)
    assert enough.request(enough.planned("app:0")).state is State.PENDING


def test_other_repositories_beyond_the_limit_only_make_the_bytes_an_upper_bound(
    empty_registry: RegistryProcess, redis_url: str
) -> None:
    with Remote(empty_registry.url) as remote:
        remote.push("app", "1", image(Layer("1", 100)))
        for number in range(4):
            remote.push("other", str(number), image(Layer(str(number), 100)))
    bench = few(empty_registry, redis_url, 3)
    request_id = bench.planned("app:1")
    assert bench.request(request_id).state is State.PENDING
    assert not bench.store.ledger.plan(request_id).exact


def test_an_index_of_very_many_manifests_is_refused_before_anything_is_planned(
    empty_registry: RegistryProcess, redis_url: str
) -> None:
    child = image(Layer("child", 100))
    bench = few(empty_registry, redis_url, 20_000)
    with Remote(empty_registry.url) as remote:
        remote.push("app", child.digest, child)
        remote.put_manifest("app", "1", index(*[child] * 1_001))
    request = bench.request(bench.planned("app:1"))
    assert (request.state, request.note) == (
        State.REFUSED,
        "app:1 is an index of 1,001 manifests, more than the 1,000 that regclean reads; remove it by other means.",
    )


def test_such_an_index_that_comes_after_the_approval_stops_the_steps_that_it_might_need(
    empty_registry: RegistryProcess, redis_url: str
) -> None:
    child, old = image(Layer("child", 100)), image(Layer("old", 100))
    bench = few(empty_registry, redis_url, 20_000)
    with Remote(empty_registry.url) as remote:
        remote.push("app", "1", old)
        request_id = bench.planned("app:1")
        bench.approve(request_id)
        remote.push("app", child.digest, child)
        remote.put_manifest("app", "2", index(*[child] * 1_001))
        assert bench.work(request_id).state is State.FAILED
        ((result, why),) = bench.results(request_id).values()
        assert (result, "is an index of 1,001 manifests" in why) == ("failed", True)
        remote.pull("app", "1")
