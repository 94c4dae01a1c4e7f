"""Runner: what regclean needs of whoever runs a registry's garbage collection."""

from collections.abc import Callable
from typing import Protocol

from workers.core.collection import Report
from workers.gc.storage import Storage


class Runner(Protocol):
    """One registry's collection. Every method raises CollectorError when it could not do what its name says.

    A collector outlives a worker that is killed. Hence the token: `collect` hands it out before the collector begins,
    the caller keeps it, and any other process gives it back to see and stop that collector.
    """

    @property
    def storage(self) -> Storage | None:
        """The registry's storage, where it can be read; without it, bytes are planned and not measured."""
        ...

    def read_only(self, *, on: bool) -> None:
        """Make the registry refuse writes, or take them again; whether it does is for the caller to prove."""
        ...

    def dry_run(self) -> Report:
        """What a collection would free now; nothing is deleted."""
        ...

    def collect(self, on_started: Callable[[str], None]) -> Report:
        """Collect; blocks until the collector is gone.

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
