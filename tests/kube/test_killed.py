"""A worker killed at every stage of a collection: whoever comes next leaves the registry writable and running."""

import json
import signal
import subprocess
import sys

import pytest

from demo.parts.remote import Remote
from tests.kube.cluster import TestCluster, deployment, runner, stateful_set
from tests.kube.conftest import MakeCluster
from tests.kube.victim import POINTS
from tests.kube.work import bench_for, document_for, removable, takes_writes
from workers.core.request import State
from workers.gc.kube.fence import ANNOTATION, VARIABLE
from workers.store import keys
from workers.sweeper import Sweeper

SLOW = 'case "$*" in "garbage-collect /"*) sleep 3;; esac'


def killed(cluster: TestCluster, redis_url: str, point: str, kind: str = "deployment", **gc: object) -> str:
    """A worker died there over a request; the request's id. Its lock on the registry has run out since."""
    bench = bench_for(cluster, redis_url, kind, **gc)
    request_id = removable(cluster, bench)
    if point == "collecting":
        cluster.wrap(SLOW)
    told = {
        "config": document_for(cluster, kind, **gc),
        "redis_url": redis_url,
        "request": request_id,
        "point": point,
    }
    died = subprocess.run(
        [sys.executable, "-m", "tests.kube.victim", json.dumps(told)], capture_output=True, text=True, check=False
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    bench.store.redis.delete(keys.lock("sample"))
    return request_id


def is_whole(cluster: TestCluster, resource: str = "deployments") -> None:
    found = cluster.get(resource)
    assert VARIABLE not in str(found["spec"])
    assert ANNOTATION not in found["metadata"].get("annotations", {})
    assert not [pod for pod in cluster.collectors() if pod.collects]
    assert takes_writes(cluster)
    with Remote(cluster.url) as remote:
        remote.pull("app", "2")


@pytest.mark.parametrize("point", POINTS)
def test_the_sweeper_brings_it_back(make_cluster: MakeCluster, redis_url: str, point: str) -> None:
    cluster = make_cluster()
    cluster.run(deployment())
    request_id = killed(cluster, redis_url, point)
    bench = bench_for(cluster, redis_url)
    assert bench.store.fences.load("sample") is not None
    Sweeper(bench.runtime).sweep()
    assert bench.story(request_id)[-1] == "mended"
    assert bench.store.fences.load("sample") is None
    is_whole(cluster)


@pytest.mark.parametrize("point", ["annotated and patched", "job made, not written down", "collecting"])
def test_the_next_attempt_brings_it_to_its_end(make_cluster: MakeCluster, redis_url: str, point: str) -> None:
    cluster = make_cluster()
    cluster.run(deployment())
    request_id = killed(cluster, redis_url, point)
    bench = bench_for(cluster, redis_url)
    done = bench.work(request_id)
    assert (done.state, done.note) == (State.DONE, "")
    assert bench.story(request_id)[-3:] == ["unfenced", "verified", "done"]
    is_whole(cluster)
    assert cluster.all("jobs", "io.regclean/purpose=collect") == [] or point == "job made, not written down"


@pytest.mark.usefixtures("stand_in")
def test_a_job_that_was_never_let_go_is_cleared_away_in_time(make_cluster: MakeCluster, redis_url: str) -> None:
    cluster = make_cluster()
    cluster.run(deployment())
    killed(cluster, redis_url, "job made, not written down")
    (left,) = cluster.all("jobs")
    assert left["spec"]["suspend"]
    assert runner(cluster).is_collecting(None)
    cluster.server.objects.age("jobs", left["metadata"]["name"], minutes=11)
    runner(cluster).dry_run()
    assert cluster.all("jobs") == []
    assert not runner(cluster).is_collecting(None)


def test_a_stateful_set_is_brought_back_as_well(make_cluster: MakeCluster, redis_url: str) -> None:
    cluster = make_cluster("statefulset")
    cluster.run(stateful_set())
    request_id = killed(cluster, redis_url, "collecting", "statefulset")
    bench = bench_for(cluster, redis_url, "statefulset")
    Sweeper(bench.runtime).sweep()
    assert bench.story(request_id)[-1] == "mended"
    is_whole(cluster, "statefulsets")


def test_a_collector_inside_a_pod_goes_with_its_pod(make_cluster: MakeCluster, redis_url: str) -> None:
    cluster = make_cluster(mode="exec")
    cluster.run(deployment())
    request_id = killed(cluster, redis_url, "collecting", mode="exec")
    assert [pod for pod in cluster.node.pods.values() if pod.collects]
    bench = bench_for(cluster, redis_url, mode="exec")
    Sweeper(bench.runtime).sweep()
    assert bench.story(request_id)[-1] == "mended"
    assert not [pod for pod in cluster.node.pods.values() if pod.collects]
    is_whole(cluster)
