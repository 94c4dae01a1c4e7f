"""Collections in Kubernetes, end to end: planned, approved, fenced, collected by a Job, measured, unfenced."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.remote import Remote
from tests.kube.cluster import container, deployment, runner, stateful_set, template
from tests.kube.conftest import MakeCluster
from tests.kube.container import BUCKET
from tests.kube.work import bench_for, fill, removable, takes_writes, used
from workers.core.errors import CollectorError
from workers.core.request import Action, State
from workers.gc.kube.fence import ANNOTATION


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
        "opened", "planned", "approved", "started", "fenced", "collected", "unfenced", "verified", "done",
    ]  # fmt: skip
    left = cluster.get("deployments")
    assert left["spec"] == spec
    assert ANNOTATION not in left["metadata"].get("annotations", {})
    assert cluster.all("jobs") == []
    assert takes_writes(cluster)
    with Remote(cluster.url) as remote:
        remote.pull("app", "2")
        again = remote.push("app", "1", image(Layer("1", 5000)))
        assert len(again.uploaded) >= 2
        remote.pull("app", "1")


def test_several_replicas_are_fenced_and_brought_back_together(make_cluster: MakeCluster, redis_url: str) -> None:
    cluster = make_cluster()
    cluster.run(deployment(replicas=3))
    assert wait_until(lambda: cluster.get("deployments")["status"].get("availableReplicas") == 3, seconds=20)
    bench = bench_for(cluster, redis_url)
    request_id = removable(cluster, bench)
    done = bench.work(request_id)
    assert (done.state, done.note) == (State.DONE, "")
    assert len(cluster.pods()) == 3
    assert all(takes_writes(cluster) for _ in range(6))


def test_a_recreated_deployment_is_waited_for(make_cluster: MakeCluster, redis_url: str) -> None:
    """As people run one whose volume can be mounted on one node only."""
    cluster = make_cluster()
    cluster.run(deployment(strategy={"type": "Recreate"}))
    bench = bench_for(cluster, redis_url)
    done = bench.work(removable(cluster, bench))
    assert (done.state, done.note) == (State.DONE, "")


def test_a_stateful_set_with_a_claim_of_its_own(make_cluster: MakeCluster, redis_url: str) -> None:
    cluster = make_cluster("statefulset")
    size = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {"metadata": {"name": "images"}, "spec": size}
    cluster.run(stateful_set(volumeClaimTemplates=[claim], template=template(volumes=[])))
    root = cluster.node.claims / "images-hub-0"
    bench = bench_for(cluster, redis_url, "statefulset", storage_root=str(root))
    request_id = removable(cluster, bench)
    spec = cluster.get("statefulsets")["spec"]
    done = bench.work(request_id)
    assert (done.state, done.note) == (State.DONE, "")
    assert done.freed
    assert done.freed > 5000
    assert cluster.get("statefulsets")["spec"] == spec


def test_storage_that_is_no_volume_and_cannot_be_measured_here(make_cluster: MakeCluster, redis_url: str) -> None:
    """As with S3: the Job reaches it by the registry's own environment, and runs anywhere."""
    cluster = make_cluster()
    bucket = [{"name": BUCKET, "value": "images"}]
    cluster.run(deployment(template=template(container(env=bucket, volumeMounts=[]), volumes=[])))
    bench = bench_for(cluster, redis_url, storage_root=None)
    request_id = removable(cluster, bench)
    assert "bytes are planned and not measured" in " ".join(bench.store.ledger.plan(request_id).notes)
    before = used(cluster)
    done = bench.work(request_id)
    assert (done.state, done.note, done.freed) == (State.DONE, "", None)
    assert used(cluster) < before


def test_the_job_lands_on_the_registrys_node_with_the_registrys_environment(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.run(deployment())
    working = runner(cluster)
    working.read_only(on=True)
    made: list[Mapping[str, Any]] = []

    def look(token: str) -> None:
        made.append(cluster.get("jobs", json.loads(token)["name"]))
        raise CollectorError("That will do.")

    with pytest.raises(CollectorError, match="That will do"):
        working.collect(look, "r-1234")
    working.read_only(on=False)
    (job,) = made
    assert job["spec"]["suspend"] is True
    assert job["metadata"]["labels"]["io.regclean/request"] == "r-1234"
    pod = job["spec"]["template"]["spec"]
    (term,) = pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    assert term["matchFields"][0]["values"] == ["node-1"]
    (collector,) = pod["containers"]
    registry = template()["spec"]["containers"][0]
    for key in ("image", "securityContext", "volumeMounts"):
        assert collector[key] == registry[key]
    assert registry["env"][0] in collector["env"]
    assert "ports" not in collector
    assert cluster.all("jobs") == []
    assert not [pod for pod in cluster.collectors() if pod.container]


def test_what_stands_on_the_workload_tells_people_who_and_why_and_how(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.run(deployment())
    working = runner(cluster)
    working.read_only(on=True)
    note = json.loads(cluster.get("deployments")["metadata"]["annotations"]["io.regclean/fence"])
    assert note["by"].startswith("regclean on ")
    assert "takes no pushes" in note["why"]
    assert note["restore"] is None
    assert note["by_hand"].startswith("kubectl -n registry set env deployment/hub -c registry REGISTRY_STORAGE_")
    assert not takes_writes(cluster)
    working.read_only(on=False)
    assert takes_writes(cluster)


def test_a_note_that_is_lost_is_made_up_for_by_what_was_kept_elsewhere(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    cluster.run(deployment())
    working = runner(cluster)
    spec = cluster.get("deployments")["spec"]
    found = working.as_found()
    working.read_only(on=True, found=found)
    cluster.edit("deployments", [{"op": "remove", "path": "/metadata/annotations/io.regclean~1fence"}])
    working.read_only(on=False, found=found)
    assert cluster.get("deployments")["spec"] == spec
    assert takes_writes(cluster)
