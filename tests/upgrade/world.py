"""World: all that there was when a snapshot was taken: Redis, registries, and what regclean was told of them."""

from dataclasses import dataclass

from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.bench import Bench
from tests.upgrade.snapshot import Snapshot
from workers.core.request import Request


@dataclass(slots=True)
class World:
    """All that there was, a minute after the snapshot was taken, whatever today's date is."""

    snapshot: Snapshot
    bench: Bench
    registries: dict[str, RegistryProcess]

    def id(self, name: str) -> str:
        return self.snapshot.requests[name]

    def request(self, name: str) -> Request:
        return self.bench.request(self.id(name))

    def work(self, name: str) -> Request:
        return self.bench.work(self.id(name))

    def tags(self, name: str, repository: str = "app") -> list[str]:
        with Remote(self.registries[name].url) as remote:
            return remote.tags(repository)
