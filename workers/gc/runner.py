"""Runner: what regclean needs of whoever runs a registry's garbage collection."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from workers.core.collection import Report
from workers.core.digest import Digest
from workers.core.names import RepositoryName
from workers.gc.links import Links
from workers.gc.storage import BlobSizes


class StorageAccess(Protocol):
    """A registry's storage, however it is reached; what each member means stands at workers.gc.storage.Storage."""

    @property
    def writable(self) -> bool: ...

    @property
    def why_not_writable(self) -> str:
        """One sentence for people; empty when it is."""
        ...

    def blob_sizes(self, digests: Iterable[Digest]) -> BlobSizes: ...

    def links(self) -> Mapping[RepositoryName, Links]: ...

    def empty_repositories(self, now: datetime) -> tuple[RepositoryName, ...]: ...

    def remove_repositories(self, names: Iterable[RepositoryName], now: datetime) -> Sequence[RepositoryName]: ...


class Runner(Protocol):
    """One registry's collection. Every method raises CollectorError when it could not do what its name says.

    A collector outlives a worker that is killed. Hence the token: `collect` hands it out before the collector begins,
    the caller keeps it, and any other process gives it back to see and stop that collector.
    """

    @property
    def storage(self) -> StorageAccess | None:
        """The registry's storage, where it can be read; without it, bytes are planned and not measured."""
        ...

    @property
    def stops_registry(self) -> bool:
        """Whether the fence is that the registry stands still: it is proved by no answer, not by refused writes."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What people should know of this way to collect before they approve, in sentences."""
        ...

    def as_found(self) -> str | None:
        """What `read_only` needs to know of the registry as it is before it is fenced; kept with the fence.

        Raises CollectorError when it is in no state to be fenced, which would not be known any more afterwards.
        """
        ...

    def read_only(self, *, on: bool, found: str | None = None) -> None:
        """Make the registry refuse writes, or take them again; whether it does is for the caller to prove.

        `found` is what `as_found` gave, perhaps in another process.
        """
        ...

    def dry_run(self) -> Report:
        """What a collection would free now; nothing is deleted."""
        ...

    def collect(self, on_started: Callable[[str], None], request: str = "") -> Report:
        """Collect; blocks until the collector is gone. What is started bears the request's id, if it can bear one.

        `on_started` gets the token. The collector begins when it has returned, and never if it raises.
        """
        ...

    def is_collecting(self, token: str | None) -> bool:
        """Whether the collector runs; raises CollectorError when that cannot be seen. None: no token was kept."""
        ...

    def stop(self, token: str | None) -> None:
        """Stop the collector, if it runs; returns only when it is seen gone."""
        ...

    def restart(self) -> None:
        """Restart the registry, which empties a blob cache in its memory."""
        ...

    def flush(self) -> None:
        """Empty a blob cache that outlives a restart."""
        ...
