"""What can go wrong in a cluster: each ends in one sentence that says what to do, and with the registry as it was."""

import re
import threading
from collections.abc import Callable

import pytest

from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.remote import Remote
from tests.kube.cluster import (
    IMAGE,
    NAME,
    TestCluster,
    container,
    deployment,
    runner,
    stateful_set,
    template,
)
from tests.kube.conftest import MakeCluster
from tests.kube.rights import rules, without
from tests.kube.work import bench_for, removable, takes_writes, used
from workers.core.errors import CollectorError
from workers.core.request import State
from workers.gc.kube.fence import ANNOTATION, VARIABLE

HANGS = 'case "$*" in "garbage-collect /"*) exec sleep 600;; esac'
NOT_READ_ONLY = f'test "$1" != serve -o -z "${VARIABLE}" || {{ echo broken >&2; exit 3; }}'
DEAF = f'test "$1" != serve -o -z "${VARIABLE}" || exec sleep 600'


@pytest.fixture
def cluster(make_cluster: MakeCluster) -> TestCluster:
    made = make_cluster()
    made.run(deployment())
    with Remote(made.url) as remote:
        remote.push("app", "1", image(Layer("1", 1000)))
    return made


def nothing(_token: str) -> None:
    """For those who need no token."""


def as_it_was(cluster: TestCluster, resource: str = "deployments") -> bool:
    """Whether the registry runs, takes writes, and bears no trace of a fence."""
    found = cluster.get(resource)
    clean = VARIABLE not in str(found["spec"]) and ANNOTATION not in found["metadata"].get("annotations", {})
    return clean and takes_writes(cluster)


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        ("get", "deployments"),
        ("list", "pods"),
        ("create", "jobs"),
        ("list", "jobs"),
        ("get", "jobs"),
        ("patch", "jobs"),
        ("delete", "jobs"),
        ("get", "pods/log"),
    ],
)
def test_a_right_that_is_missing_is_named_before_anything_is_fenced(
    cluster: TestCluster, verb: str, resource: str
) -> None:
    cluster.allow(without(rules("deployment", "job", NAME), verb, resource))
    with pytest.raises(CollectorError, match=f"does not let regclean {verb} {resource}.* needs the verb “{verb}”"):
        runner(cluster).dry_run()
    assert as_it_was(cluster)


def test_rights_are_asked_for_before_anything_is_fenced(cluster: TestCluster) -> None:
    few = without(without(rules("deployment", "job", NAME), "patch", "deployments"), "get", "pods/log")
    cluster.allow(few)
    with pytest.raises(CollectorError) as caught:
        runner(cluster).as_found()
    assert caught.value.sentence == (
        "Kubernetes does not let regclean patch deployments hub, get pods/log in the namespace registry; "
        "its Role needs these verbs, see docs/gc-runners.md."
    )
    cluster.allow(rules("deployment", "job", NAME))
    assert runner(cluster).as_found() == '{"restore": null}'


def test_without_the_right_to_patch_nothing_is_fenced(cluster: TestCluster) -> None:
    cluster.allow(without(rules("deployment", "job", NAME), "patch", "deployments"))
    with pytest.raises(CollectorError, match=r"needs the verb “patch” for deployments, see docs/gc-runners\.md"):
        runner(cluster).read_only(on=True)
    assert as_it_was(cluster)


def test_rights_are_for_the_one_workload_only(cluster: TestCluster) -> None:
    other = runner(cluster, workload="deployment/other")
    with pytest.raises(CollectorError, match="does not let regclean get deployments other"):
        other.dry_run()


@pytest.mark.usefixtures("stand_in")
def test_credentials_that_are_not_known_are_told(cluster: TestCluster) -> None:
    cluster.server.users.pop(cluster.token)
    with pytest.raises(CollectorError, match="does not know regclean's credentials"):
        runner(cluster).dry_run()


def test_a_workload_that_is_not_there_is_told(cluster: TestCluster) -> None:
    cluster.allow(rules("deployment", "job", "other"))
    with pytest.raises(CollectorError, match="There is no deployment/other in the namespace registry; correct"):
        runner(cluster, workload="deployment/other").dry_run()


def test_an_image_that_cannot_be_pulled_is_told_and_cleared_away(cluster: TestCluster) -> None:
    del cluster.node.images[IMAGE]
    with pytest.raises(CollectorError, match=r"pod does not start: .*ImagePullBackOff"):
        runner(cluster).dry_run()
    assert cluster.all("jobs") == []
    assert as_it_was(cluster)


@pytest.mark.usefixtures("stand_in")
def test_a_collector_without_a_place_is_given_up(cluster: TestCluster) -> None:
    pod = cluster.pods()[0]
    elsewhere = {"op": "replace", "path": "/spec/nodeName", "value": "node-2"}
    cluster.edit("pods", [elsewhere], pod["metadata"]["name"])
    with pytest.raises(CollectorError, match=r"did not start within .*Unschedulable .0/1 nodes are available"):
        runner(cluster, rollout_timeout=1).dry_run()
    assert cluster.all("jobs") == []


@pytest.mark.usefixtures("stand_in")
def test_a_job_for_which_no_pod_is_made_is_given_up(cluster: TestCluster) -> None:
    cluster.controllers.paused.add("jobs")
    started = threading.Timer(3, cluster.controllers.paused.clear)
    started.start()
    with pytest.raises(CollectorError, match="started no pod for its Job; its events say why"):
        runner(cluster, rollout_timeout=1).dry_run()
    started.join()


def test_a_collector_that_fails_says_why(cluster: TestCluster) -> None:
    with pytest.raises(CollectorError, match=r"failed with exit code 1: configuration error: open /nowhere\.yml"):
        runner(cluster, config_path="/nowhere.yml").dry_run()


def test_a_collector_that_was_killed_is_told_so(cluster: TestCluster) -> None:
    cluster.wrap('test "$1" = serve || kill -KILL $$')
    with pytest.raises(CollectorError, match="failed with exit code 137"):
        runner(cluster).dry_run()


def test_a_pod_that_is_taken_away_is_told(cluster: TestCluster) -> None:
    cluster.wrap('test "$1" = serve || exec sleep 600')

    def take_away() -> None:
        assert wait_until(lambda: any(pod.container for pod in cluster.collectors()), seconds=20)
        cluster.delete("pods", cluster.collectors()[0].name)

    eviction = threading.Thread(target=take_away)
    eviction.start()
    with pytest.raises(CollectorError, match="pod is gone before it was done"):
        runner(cluster).dry_run()
    eviction.join()


@pytest.mark.usefixtures("stand_in")
def test_a_log_that_breaks_off_is_read_again(cluster: TestCluster) -> None:
    cluster.node.cutting = 1
    assert runner(cluster).dry_run().summary.blobs == 0
    assert cluster.node.cutting == 0


@pytest.mark.usefixtures("stand_in")
def test_an_api_server_that_is_away_for_a_moment_is_waited_for(cluster: TestCluster) -> None:
    cluster.server.refusing[("list", "pods")] = 503
    back = threading.Timer(1.0, cluster.server.refusing.clear)
    back.start()
    assert runner(cluster).dry_run().summary.blobs == 0
    back.join()


@pytest.mark.usefixtures("stand_in")
def test_somebody_elses_change_at_the_same_time_is_kept(cluster: TestCluster) -> None:
    other = [{"op": "add", "path": "/spec/template/spec/containers/0/env/0", "value": {"name": "NEW", "value": "1"}}]
    cluster.server.interfering[("patch", "deployments")] = lambda: cluster.edit_directly("deployments", other)
    fencing = runner(cluster)
    fencing.read_only(on=True)
    assert not takes_writes(cluster)
    fencing.read_only(on=False)
    assert [entry["name"] for entry in cluster.registry_env()] == ["NEW", "REGISTRY_HTTP_SECRET"]
    assert as_it_was(cluster)


def test_a_fence_that_somebody_takes_away_stops_the_collector(cluster: TestCluster, redis_url: str) -> None:
    """As a tool does that keeps the cluster as it is written down elsewhere."""
    bench = bench_for(cluster, redis_url)
    request_id = removable(cluster, bench)
    cluster.wrap('case "$*" in "garbage-collect /"*) sleep 5;; esac')
    before = used(cluster)

    def revert() -> None:
        assert wait_until(lambda: any(pod.collects for pod in cluster.collectors()), seconds=30)
        cluster.edit("deployments", [{"op": "remove", "path": "/spec/template/spec/containers/0/env/1"}])

    reverting = threading.Thread(target=revert)
    reverting.start()
    failed = bench.work(request_id)
    reverting.join()
    assert failed.state is State.FAILED
    assert "is not read-only any more" in failed.note
    cluster.node.unfenced.clear()  # it was, until the collector was stopped: somebody else has done that
    assert used(cluster) == before
    assert cluster.all("jobs") == []
    assert as_it_was(cluster)


def test_a_job_that_hangs_is_stopped_and_the_fence_lifted(cluster: TestCluster, redis_url: str) -> None:
    bench = bench_for(cluster, redis_url, timeout=2)
    request_id = removable(cluster, bench)
    cluster.wrap(HANGS)
    failed = bench.work(request_id)
    assert failed.state is State.FAILED
    assert "longer than the 2 seconds of `timeout`" in failed.note or "longer than specified deadline" in failed.note
    assert bench.story(request_id)[-2:] == ["unfenced", "failed"]
    assert not cluster.collectors()
    assert as_it_was(cluster)


@pytest.mark.parametrize(
    ("kind", "script", "why"),
    [
        ("deployment", NOT_READ_ONLY, "does not get ready.*CrashLoopBackOff"),
        ("statefulset", NOT_READ_ONLY, "does not get ready.*CrashLoopBackOff"),
        ("statefulset", DEAF, "not ready within the 2 seconds"),
    ],
    ids=["deployment-crashes", "statefulset-crashes", "statefulset-deaf"],
)
def test_a_rollout_that_never_gets_ready_is_taken_back(
    make_cluster: MakeCluster, redis_url: str, kind: str, script: str, why: str
) -> None:
    cluster = make_cluster(kind)
    cluster.run(deployment() if kind == "deployment" else stateful_set())
    bench = bench_for(cluster, redis_url, kind, rollout_timeout=2 if script is DEAF else 20)
    request_id = removable(cluster, bench)
    cluster.wrap(script)
    failed = bench.work(request_id)
    assert failed.state is State.FAILED
    assert re.search(why, failed.note)
    assert bench.story(request_id)[-2:] == ["unfenced", "failed"]
    assert as_it_was(cluster, f"{kind}s")


def test_a_collector_on_a_node_that_is_dead_counts_as_running(cluster: TestCluster) -> None:
    cluster.wrap(HANGS)
    working = runner(cluster, grace=1)
    working.read_only(on=True)
    tokens: list[str] = []
    failures: list[CollectorError] = []

    def collect() -> None:
        try:
            working.collect(tokens.append)
        except CollectorError as error:
            failures.append(error)

    thread = threading.Thread(target=collect)
    thread.start()
    assert wait_until(lambda: any(pod.collects for pod in cluster.collectors()), seconds=20)
    cluster.node.frozen = True
    mending = runner(cluster, grace=1)
    assert mending.is_collecting(tokens[0])
    with pytest.raises(CollectorError, match="still runs although its Job was deleted; look at the node of its pod"):
        mending.stop(tokens[0])
    assert mending.is_collecting(tokens[0])
    cluster.node.frozen = False
    runner(cluster).stop(tokens[0])
    assert not mending.is_collecting(tokens[0])
    assert not cluster.collectors()
    thread.join(30)
    assert failures
    mending.read_only(on=False)


def refused(change: Callable[[], object]) -> str:
    with pytest.raises(CollectorError) as caught:
        change()
    return caught.value.sentence


def test_a_registry_that_a_restart_would_empty_is_never_restarted(make_cluster: MakeCluster) -> None:
    cluster = make_cluster()
    passing = {"name": "images", "emptyDir": {}}
    cluster.run(deployment(template=template(volumes=[passing])))
    pods = cluster.pods()
    assert "keeps its images in an emptyDir" in refused(runner(cluster).as_found)
    assert "keeps its images in an emptyDir" in refused(lambda: runner(cluster).read_only(on=True))
    assert cluster.pods() == pods


def test_what_does_not_roll_out_by_itself_is_refused(make_cluster: MakeCluster) -> None:
    cluster = make_cluster("statefulset")
    cluster.run(stateful_set(updateStrategy={"type": "OnDelete"}))
    assert "does not replace all of its pods by itself" in refused(runner(cluster, kind="statefulset").as_found)


@pytest.mark.usefixtures("stand_in")
def test_the_container_has_to_be_named_where_there_are_several(cluster: TestCluster) -> None:
    beside = container(name="metrics", ports=[], volumeMounts=[])
    cluster.controllers.paused.add("deployments")
    cluster.edit("deployments", [{"op": "add", "path": "/spec/template/spec/containers/-", "value": beside}])
    assert refused(runner(cluster).as_found) == (
        "deployment/hub has the containers registry, metrics; set gc.container to the registry's."
    )
    assert runner(cluster, container="registry").as_found() == '{"restore": null}'
