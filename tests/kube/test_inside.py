"""Mode exec: collected inside a running pod, over the remote command protocol in both of its versions."""

import threading

import pytest

from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.remote import Remote
from tests.kube.cluster import NAME, TestCluster, container, deployment, runner, template
from tests.kube.conftest import MakeCluster
from tests.kube.rights import rules, without
from tests.kube.work import bench_for, removable, takes_writes, used
from workers.core.errors import CollectorError
from workers.core.request import State


@pytest.fixture
def cluster(make_cluster: MakeCluster) -> TestCluster:
    made = make_cluster(mode="exec")
    made.run(deployment())
    with Remote(made.url) as remote:
        remote.push("app", "0", image(Layer("0", 1000)))
    return made


@pytest.mark.parametrize(("version", "protocol"), [("2.8.2", "v4.channel.k8s.io"), ("3.1.1", "v5.channel.k8s.io")])
def test_collected_inside_the_registrys_own_pod(
    make_cluster: MakeCluster, redis_url: str, version: str, protocol: str
) -> None:
    cluster = make_cluster(mode="exec", version=version)
    cluster.server.protocols = (protocol,)
    cluster.run(deployment())
    bench = bench_for(cluster, redis_url, mode="exec")
    request_id = removable(cluster, bench)
    before, spec = used(cluster), cluster.get("deployments")["spec"]
    assert "inside a pod that serves pulls" in bench.store.ledger.plan(request_id).notes[0]
    done = bench.work(request_id)
    assert (done.state, done.note) == (State.DONE, "")
    assert done.freed == before - used(cluster) > 5000
    assert cluster.get("deployments")["spec"] == spec
    assert takes_writes(cluster)
    assert not [attempt for attempt in cluster.server.seen if attempt.verb == "delete"]


def test_a_long_report_arrives_whole(cluster: TestCluster) -> None:
    with Remote(cluster.url) as remote:
        for number in range(15):
            remote.push(f"app/{'long-name-' * 20}{number}", "1", image(Layer(str(number), 100)))
    assert runner(cluster, mode="exec").dry_run().summary.marked == 16 * 3


@pytest.mark.usefixtures("stand_in")  # the second right is asked for since Kubernetes 1.35
@pytest.mark.parametrize("verb", ["get", "create"])
def test_the_right_to_run_something_inside_is_named(cluster: TestCluster, verb: str) -> None:
    cluster.allow(without(rules("deployment", "exec", NAME), verb, "pods/exec"))
    with pytest.raises(CollectorError, match=r"does not let regclean get pods/exec .* needs the verb"):
        runner(cluster, mode="exec").dry_run()


def test_a_failure_is_told_with_its_reason(cluster: TestCluster) -> None:
    with pytest.raises(CollectorError, match=r"exit code 1: configuration error: open /nowhere\.yml"):
        runner(cluster, mode="exec", config_path="/nowhere.yml").dry_run()


def test_a_program_that_is_not_there_is_told(cluster: TestCluster) -> None:
    with pytest.raises(CollectorError, match=r"127|could not be started in its pod"):
        runner(cluster, mode="exec", program="/no/such/program").dry_run()


@pytest.mark.usefixtures("stand_in")
def test_what_cannot_be_seen_to_end_is_ended_with_its_pod(cluster: TestCluster, redis_url: str) -> None:
    bench = bench_for(cluster, redis_url, mode="exec")
    request_id = removable(cluster, bench)
    cluster.wrap('case "$*" in "garbage-collect /"*) sleep 600;; esac')
    before = used(cluster)
    outcome: list[str] = []
    thread = threading.Thread(target=lambda: outcome.append(bench.work(request_id).note))
    thread.start()
    assert wait_until(lambda: any(pod.collects for pod in cluster.node.pods.values()), seconds=30)
    cluster.server.cut_sessions()
    thread.join(60)
    assert "so it may still run" in outcome[0]
    assert not [pod for pod in cluster.node.pods.values() if pod.collects]
    assert used(cluster) == before
    assert bench.story(request_id)[-2:] == ["unfenced", "failed"]
    assert takes_writes(cluster)


def test_images_that_may_be_lost_by_a_restart_are_not_risked(make_cluster: MakeCluster) -> None:
    cluster = make_cluster(mode="exec")
    cluster.run(deployment(template=template(container(volumeMounts=[]))))
    with pytest.raises(CollectorError, match="no volume for its images that would be seen to outlive a restart"):
        runner(cluster, mode="exec").dry_run()
