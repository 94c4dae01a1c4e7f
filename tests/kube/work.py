"""A registry in the tests' cluster behind a bench: asked for, approved and worked on as the bot and workers would."""

from typing import Any

from demo.parts.images import Layer, image
from demo.parts.remote import Remote
from tests.bench import Bench, document
from tests.kube.cluster import TestCluster
from workers.config import Config
from workers.core.request import Action, State


def document_for(cluster: TestCluster, kind: str = "deployment", **gc: object) -> dict[str, Any]:
    """The configuration file's content."""
    registry = {"name": "sample", "url": cluster.url, "plain_http": True, "gc": cluster.settings(kind, **gc)}
    return document(registry)


def bench_for(cluster: TestCluster, redis_url: str, kind: str = "deployment", **gc: object) -> Bench:
    return Bench(Config.model_validate(document_for(cluster, kind, **gc)), redis_url)


def used(cluster: TestCluster) -> int:
    """Bytes of all blobs on the disk, counted by the test itself."""
    return sum(path.stat().st_size for path in (cluster.storage_root / "docker/registry/v2/blobs").rglob("data"))


def takes_writes(cluster: TestCluster) -> bool:
    with Remote(cluster.url) as remote:
        return remote.http.post("/v2/probe/blobs/uploads/").status_code == 202


def fill(cluster: TestCluster, bench: Bench) -> None:
    """Two images, of which one has been removed since."""
    with Remote(cluster.url) as remote:
        for tag in ("1", "2"):
            remote.push("app", tag, image(Layer(tag, 5000)))
    assert bench.through("app:1").state is State.DONE


def removable(cluster: TestCluster, bench: Bench) -> str:
    """A planned and approved collection; its request's id."""
    fill(cluster, bench)
    request_id = bench.planned(action=Action.COLLECT)
    planned = bench.request(request_id)
    assert planned.state is State.PENDING, planned.note
    bench.approve(request_id)
    return request_id
