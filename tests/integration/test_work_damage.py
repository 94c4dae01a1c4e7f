"""Collections on damaged storage: damage from before is listed and has to be accepted, damage from then on is told."""

import shlex
from dataclasses import dataclass, field

import pytest

from bot.cards.request import card
from bot.cards.shown import Shown
from demo.parts.images import Image, Layer, image, index
from demo.parts.registry import RegistryProcess
from demo.parts.registryctl import restart
from demo.parts.remote import Remote
from tests.bench import APPROVER, Bench, config, gc_settings, settings
from tests.damaging import Disk, cut
from workers.core.request import Action, Request, State


@dataclass(slots=True)
class World:
    """A registry with sound images `fine:1` and `gone:1`, of which the second is deleted and can be collected."""

    registry: RegistryProcess
    redis_url: str
    reads_storage: bool
    images: dict[str, Image] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("fine", "gone"):
            self.push(name)
        self.bench().through("gone:1")

    @property
    def disk(self) -> Disk:
        return Disk(self.registry)

    def push(self, name: str) -> Image:
        self.images[name] = image(Layer(name, 3000))
        with Remote(self.registry.url) as remote:
            remote.push(name, "1", self.images[name])
        return self.images[name]

    def layer(self, name: str) -> str:
        return self.images[name].blobs[1].digest

    def bench(self, **gc: object) -> Bench:
        root = {} if self.reads_storage else {"storage_root": None}
        return Bench(config(settings(self.registry, gc=gc_settings(self.registry, **root, **gc))), self.redis_url)

    def card(self, request: Request) -> str:
        """What people read of the request."""
        store = self.bench().store
        return card(Shown(request=request, plan=store.ledger.plan(request.id), approvers=(APPROVER,))).text


@pytest.fixture(params=[True, False], ids=["storage", "http"])
def world(registry: RegistryProcess, redis_url: str, request: pytest.FixtureRequest) -> World:
    return World(registry, redis_url, request.param)


def short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


def damaged_before(world: World) -> dict[str, str]:
    """Damage of every kind that a collector bears; what is to be said of it."""
    disk = world.disk
    for name in ("short", "lost", "dangling", "torn", "unlinked"):
        world.push(name)
    children = [image(Layer(name, 1000)) for name in ("amd", "arm", "s390x")]
    with Remote(world.registry.url) as remote:
        remote.push("index", "1", index(*children))
        remote.delete("index", children[1].digest)
    cut(disk.data(world.layer("short")), 100)
    disk.data(world.layer("lost")).unlink()
    disk.data(world.images["dangling"].digest).unlink()
    cut(disk.tag("torn", "1"))
    disk.layer("unlinked", world.layer("unlinked")).unlink()
    restart(world.registry.folder)
    size = world.images["short"].blobs[1].size
    return {
        "short:1": f"the blob {short(world.layer('short'))} has 100 of {size:,} bytes",
        "lost:1": f"the blob {short(world.layer('lost'))} is not there",
        "dangling:1": "is broken: the tag is listed, but its manifest is not there",
        "torn:1": "cannot be read: what the registry has of it is damaged",
        "unlinked:1": f"the blob {short(world.layer('unlinked'))} is not",
        "index:1": "incomplete: 1 of 3 platforms is missing",
    }


def test_damage_from_before_is_listed_and_has_to_be_accepted(world: World) -> None:
    expected = damaged_before(world)
    bench = world.bench()
    refused = bench.request(bench.planned(action=Action.COLLECT))
    assert refused.state is State.REFUSED
    assert refused.note.endswith("or accept it: /regclean gc sample --accept-damage")
    request_id = bench.planned(action=Action.COLLECT, accepts_damage=True)
    plan = bench.store.ledger.plan(request_id)
    assert plan == bench.store.ledger.plan(refused.id)
    found = {damage.what: damage.why for damage in plan.damage}
    for what, why in expected.items():
        assert why in found[what], what
    extra = {what for what in found if what not in expected}
    # Only on the disk can be seen which digest a dangling tag stood on.
    assert extra == ({f"dangling@{world.images['dangling'].digest}"} if world.reads_storage else set())
    for state in (refused, bench.request(request_id)):
        assert "index:1" in world.card(state)
    bench.approve(request_id)
    done = bench.work(request_id)
    assert (done.state, done.note) == (State.DONE, "")
    assert "alert" not in bench.story(request_id)
    with Remote(world.registry.url) as remote:
        remote.pull("fine", "1")
        assert remote.http.head(f"/v2/gone/blobs/{world.layer('gone')}").status_code == 404


def test_a_collector_that_stops_at_damage_is_said_with_what_to_repair(world: World) -> None:
    """Neither an empty link to a manifest nor half a manifest can be passed over, whoever accepts it."""
    for name in ("empty", "half"):
        world.push(name)
    cut(world.disk.revision("empty", world.images["empty"].digest))
    cut(world.disk.data(world.images["half"].digest), 50)
    restart(world.registry.folder)
    bench = world.bench()
    refused = bench.request(bench.planned(action=Action.COLLECT, accepts_damage=True))
    assert refused.state is State.REFUSED
    assert "--accept-damage does not help here" in refused.note
    assert {"empty:1", "half:1"} <= {each.what for each in bench.store.ledger.plan(refused.id).damage}
    assert "`half:1` cannot be read" in world.card(refused)


def test_a_repository_that_the_catalog_leaves_out_is_seen_on_the_disk(
    registry: RegistryProcess, redis_url: str
) -> None:
    """2.8 would sweep all its blobs and say nothing; 3.x stops."""
    world = World(registry, redis_url, reads_storage=True)
    world.push("hidden")
    world.disk.layers("hidden").rename(world.registry.folder / "away")
    restart(registry.folder)
    bench = world.bench()
    refused = bench.request(bench.planned(action=Action.COLLECT))
    found = {damage.what: damage.why for damage in bench.store.ledger.plan(refused.id).damage}
    assert refused.state is State.REFUSED
    assert "no links to layers" in found["hidden"]
    assert ("collecting takes 3 of its blobs" in found["hidden:1"]) is (registry.version == "2.8.2")


AFTERWARDS = ("short", "lost", "dangling", "rotten")


def damaging(world: World) -> list[str]:
    """A collector that damages an image of each kind while it is at work."""
    disk = world.disk
    rot = disk.data(world.layer("rotten"))
    damage = [
        f"truncate -s 100 {disk.data(world.layer('short'))}",
        f"rm {disk.data(world.layer('lost'))} {disk.data(world.images['dangling'].digest)}",
        f"dd if=/dev/zero of={rot} bs=1 count={rot.stat().st_size} status=none",
    ]
    collect = shlex.join(str(word) for word in gc_settings(world.registry)["collect"])
    return ["sh", "-c", " && ".join([collect, *damage])]


def test_damage_from_a_collection_is_an_alert_that_names_the_image_and_the_blob(world: World) -> None:
    for name in AFTERWARDS:
        world.push(name)
    bench = world.bench(collect=damaging(world))
    request_id = bench.planned(action=Action.COLLECT)
    bench.approve(request_id)
    failed = bench.work(request_id)
    assert failed.state is State.FAILED
    told = {entry.action.value: entry.details for entry in bench.told(request_id)}
    found = set(told["alert"]["damage"])
    blob = short(world.layer("short"))
    assert f"short:1 (the blob {blob} has 100 of {world.images['short'].blobs[1].size:,} bytes)" in " ".join(found)
    named = {each.split(" ")[0] for each in found}
    assert named - {f"dangling@{world.images['dangling'].digest}"} == {f"{name}:1" for name in AFTERWARDS}
    assert any(each.startswith("rotten:1") and short(world.layer("rotten")) in each for each in found)
    assert failed.note == told["alert"]["why"]
    assert "short:1" in world.card(failed)
    assert told["verified"]["manifests"] == 4, "all that can be read"
    assert bench.store.touched.load("sample"), "the next verification has to be as careful"
    with Remote(world.registry.url) as remote:
        remote.pull("fine", "1")
