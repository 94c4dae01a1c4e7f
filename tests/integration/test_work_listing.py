"""`ls` of registries whose storage is damaged: each damaged tag is marked, and the others are listed as ever."""

import pytest

from demo.parts.images import Layer, image, index
from demo.parts.registry import RegistryProcess
from demo.parts.registryctl import restart
from demo.parts.remote import Remote
from tests.bench import REQUESTER, Bench, config, settings
from tests.damaging import Disk, cut
from workers.core.listing import Query, Row
from workers.core.request import Origin
from workers.looking import look_up
from workers.store.lookups import Lookup


@pytest.fixture
def bench(registry: RegistryProcess, redis_url: str) -> Bench:
    return Bench(config(settings(registry)), redis_url)


def rows(bench: Bench, repository: str = "") -> dict[str, Row]:
    query = Query(registries=("sample",), repository=repository)
    asked = Lookup(id="L-1", asker=REQUESTER, origin=Origin(channel="C0CLEAN001"), query=query)
    bench.store.lookups.open(asked, "trigger")
    look_up(bench.runtime, "L-1")
    return {f"{row.repository}:{row.tag}": row for _, row in bench.store.lookups.listing("L-1").rows}


def test_damaged_tags_are_marked_and_the_others_are_listed(registry: RegistryProcess, bench: Bench) -> None:
    disk = Disk(registry)
    fine, dangling, torn, empty = (image(Layer(name, 1000)) for name in ("fine", "dangling", "torn", "empty"))
    with Remote(registry.url) as remote:
        for name, content in {"fine": fine, "dangling": dangling, "torn": torn, "empty": empty}.items():
            remote.push("app", name, content)
    disk.data(dangling.digest).unlink()
    cut(disk.data(torn.digest), 50)
    cut(disk.tag("app", "empty"))
    restart(registry.folder)
    found = {name: row.trouble for name, row in rows(bench).items()}
    assert found == {
        "app:dangling": "is broken: the tag is listed, but its manifest is not there",
        "app:empty": "cannot be read: what the registry has of it is damaged",
        "app:fine": "",
        "app:torn": "cannot be read: what the registry has of it is damaged",
    }


def test_an_index_that_lacks_a_child_is_marked(registry: RegistryProcess, bench: Bench) -> None:
    children = [image(Layer(name, 1000)) for name in ("amd", "arm", "s390x")]
    with Remote(registry.url) as remote:
        remote.push("app", "all", index(*children))
        remote.push("app", "two", index(*children[:2]))
        remote.delete("app", children[2].digest)
    found = rows(bench, "app")
    assert found["app:all"].trouble == "incomplete: 1 of 3 platforms is missing"
    assert found["app:all"].digest
    assert found["app:two"].trouble == ""
