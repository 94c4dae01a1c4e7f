"""Collections in Kubernetes, end to end: planned, approved, fenced, collected by a Job, measured, unfenced."""

from demo.parts.images import Layer, image
from demo.parts.remote import Remote
from tests.kube.cluster import deployment
from tests.kube.conftest import MakeCluster
from tests.kube.work import bench_for, fill, takes_writes, used
from workers.core.request import Action, State


def test_planned_approved_collected_and_unfenced(
    make_cluster: MakeCluster,
    redis_url: str,
    registry_version: str,
) -> None:
    cluster = make_cluster(version=registry_version)
    cluster.run(deployment())
    bench = bench_for(cluster, redis_url)
    fill(cluster, bench)
    before, spec = used(cluster), cluster.get("deployments")["spec"]
    request_id = bench.planned(action=Action.COLLECT)
    assert bench.request(request_id).state is State.PENDING, bench.request(request_id).note
    plan = bench.store.ledger.plan(request_id)
    bench.approve(request_id)
    done = bench.work(request_id)
    assert (done.state, done.note) == (State.DONE, "")
    assert done.freed == plan.frees == before - used(cluster) > 5000
    assert bench.story(request_id) == [
        "opened", "planned", "approved", "started", "fenced", "collected", "unfenced", "done",
    ]  # fmt: skip
    left = cluster.get("deployments")
    assert left["spec"] == spec
    assert not left["metadata"].get("annotations")
    assert cluster.all("jobs") == []
    assert takes_writes(cluster)
    with Remote(cluster.url) as remote:
        remote.pull("app", "2")
        again = remote.push("app", "1", image(Layer("1", 5000)))
        assert len(again.uploaded) >= 2
        remote.pull("app", "1")
