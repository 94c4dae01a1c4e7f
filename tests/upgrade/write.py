"""`python -m tests.upgrade.write FOLDER RELEASE`: writes what this release leaves in Redis, once, for all later ones.

People ask and decide in the stand-in for Slack; bot, replies and workers are the real ones, in front of real registries
and a real Redis. Workers are cut short where a process would be killed.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from bot.service import Service
from bot.service.deciding import Clicked
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.workspace.content import ADA
from tests.bench import Bench
from tests.office import Office, office
from tests.samples import KEYS
from tests.upgrade.filling import COLLECTED, SAMPLE, TAGS, VERSIONS, configured, fill, litter, move, tags_in, untag
from tests.upgrade.snapshot import HERE, Snapshot, lines
from workers.core.errors import Unavailable
from workers.ending import give_up, take_up
from workers.fencing import Fencing
from workers.looking import look_up
from workers.planning import plan_request
from workers.store.journal import Journal
from workers.store.key_marks import BOT, KeyMarks
from workers.store.store import utc_now
from workers.store.tasks import TASKS, next_job
from workers.sweeper import Sweeper

_DAY: Final = timedelta(hours=25)


@contextmanager
def cut_short(owner: type, method: str, after: int, *, carried_out: bool = True) -> Iterator[None]:
    """While the block runs, the call after so many is the last thing a worker does, or just what it does not do."""
    original: Callable[..., Any] = getattr(owner, method)
    calls = 0

    def cut(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls <= after:
            return original(*given, **named)
        if carried_out:
            original(*given, **named)
        raise Unavailable("The process was killed here.")

    with patch.object(owner, method, cut), suppress(Unavailable):
        yield


@dataclass(slots=True)
class Writer:
    """Takes requests as far as they should stand; `ids` says which is which."""

    at: Office
    bench: Bench
    registries: dict[str, RegistryProcess]
    ids: dict[str, str]

    def asked(self, name: str, words: str) -> str:
        self.at.workspace.rita.types(f"/regclean {words}")
        self.ids[name] = self.at.requests()[0].id
        return self.ids[name]

    def planned(self, name: str, *tags: str) -> str:
        images = " ".join(f"{SAMPLE}/app:{tag}" for tag in tags or (name,))
        request_id = self.asked(name, f"rm {images} --reason old")
        self.plan(request_id)
        return request_id

    def plan(self, request_id: str, bench: Bench | None = None) -> None:
        self._take_job(request_id)
        plan_request((bench or self.bench).runtime, request_id)
        self.at.settle()

    def work(self, request_id: str) -> None:
        self._take_job(request_id)
        self.bench.work(request_id)

    def _take_job(self, request_id: str) -> None:
        """As a worker takes it from its queue."""
        job = next_job(self.bench.request(request_id))
        assert job
        self.at.store.queues.queue(TASKS[job.task].queue).remove(job.id)

    def approved(self, name: str, *tags: str) -> str:
        return self.approve(self.planned(name, *tags))

    def approve(self, request_id: str) -> str:
        self.at.workspace.ada.clicks(self.at.card(self.bench.request(request_id)), "Approve")
        self.at.settle()
        return request_id

    def ended(self) -> None:
        """Every state off the road, or at its end."""
        expired = self.asked("expired", f"rm {SAMPLE}/app:expired")
        self.plan(expired, replace(self.bench, ahead=-_DAY))
        Sweeper(self.bench.runtime).sweep()
        self.planned("refused", "there-is-none")
        denied = self.bench.request(self.planned("denied"))
        clicked = Clicked(
            request_id=denied.id, fingerprint=denied.fingerprint, actor=ADA, yes=False, reason="it is in use"
        )
        Service(self.at.store, self.at.config).decide(clicked)
        self.at.workspace.rita.types(f"/regclean cancel {self.planned('cancelled')}")
        self.work(self.approved("done"))
        failed = self.approved("failed")
        self._take_job(failed)
        take_up(self.bench.runtime, failed)
        give_up(self.bench.runtime, failed, "The worker died 8 times without getting any further; look at its log.")
        stale = self.approved("stale")
        move(self.registries[SAMPLE], "stale")
        self.work(stale)
        self.at.settle()

    def collections(self) -> None:
        """One that is done; untagged manifests to be removed; and one that was cut short inside its fence."""
        litter(self.registries[COLLECTED], "first")
        done = self.asked("collected", f"gc {COLLECTED}")
        self.plan(done)
        self.work(self.approve(done))
        self.at.settle()
        untag(self.registries[COLLECTED])
        self.plan(self.asked("untagged", f"rm --untagged {COLLECTED}/team/tool"))
        litter(self.registries[COLLECTED], "second")
        collecting = self.asked("collecting", f"gc {COLLECTED}")
        self.plan(collecting)
        self.approve(collecting)
        with cut_short(Fencing, "raise_for", 0):
            self.work(collecting)

    def opened(self) -> None:
        """Every state on the road, with their jobs in the queues."""
        running = self.approved("running", "running-1", "running-2", "running-3")
        with cut_short(Journal, "record", 1, carried_out=False):
            self.work(running)
        untagging = self.approved("untagging")
        with cut_short(Journal, "record", 0, carried_out=False):
            self.work(untagging)
        cancelling = self.approved("cancelling", "cancelling-1", "cancelling-2")
        with cut_short(Journal, "record", 0):
            self.work(cancelling)
        self.at.workspace.rita.types(f"/regclean cancel {cancelling}")
        self.approved("approved")
        self.planned("pending")
        self.asked("planning", f"rm {SAMPLE}/app:planning --reason “ever so old” ")

    def looked(self) -> dict[str, str]:
        """A question that is answered, and one that is not yet."""
        found = {}
        for name in ("answered", "open"):
            before = set(self.at.store.redis.scan_iter("rc:lookup:*"))
            self.at.workspace.rita.types(f"/regclean ls {SAMPLE}")
            (new,) = set(self.at.store.redis.scan_iter("rc:lookup:*")) - before
            found[name] = new.decode().removeprefix("rc:lookup:")
        look_up(self.bench.runtime, found["answered"])
        return found


def written(release: str) -> Snapshot:
    """Raises PartMissingError where this machine lacks a registry or Redis."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(RedisProcess(folder / "redis", durable=False))
        registries = {
            name: stack.enter_context(RegistryProcess(folder / name, version=version))
            for name, version in VERSIONS.items()
        }
        for name, registry in registries.items():
            fill(registry, TAGS[name])
        config = configured(registries)
        at = stack.enter_context(office(redis.url, config=config))
        at.store.anchors.accept(at.store.clock())
        writer = Writer(at, Bench(config, redis.url, ring=KEYS), registries, {})
        writer.ended()
        writer.collections()
        writer.opened()
        lookups = writer.looked()
        KeyMarks(at.store.redis).tell(BOT, KEYS)
        at.store.anchors.halt("Redis lost something.", at.store.clock())
        return Snapshot(
            release=release,
            written_at=utc_now(),
            signing_key=KEYS.keys[0].decode(),
            requests=writer.ids,
            lookups=lookups,
            tags={name: tags_in(registry, TAGS[name]) for name, registry in registries.items()},
            lines=tuple(lines(at.store.redis)),
        )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="under tests/upgrade; one that is there is never rewritten")
    parser.add_argument("release")
    given = parser.parse_args(arguments)
    if (HERE / given.folder).exists():
        parser.error(f"tests/upgrade/{given.folder} is there already; a snapshot is never rewritten.")
    written(given.release).save(HERE / given.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
