"""A chain with the stories of several requests in it, as the rooms write them, long after their plans are forgotten."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from typer.testing import CliRunner, Result

from cli.main import app
from tests.builders import digest
from tests.samples import ANN, BEN, CAT
from workers.core.approval import KeyRing
from workers.core.audit import Event, Happened
from workers.store import keys
from workers.store.connection import WORKER, connect
from workers.store.store import Store

KEY: Final = "the signing key of this test and of no other"
RING: Final = KeyRing((KEY.encode(),))
START: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
REMOVAL, UNTAGGED, COLLECTION, DENIED = "r-0000000a", "r-0000000b", "r-0000000c", "r-0000000d"
MOVED: Final = "somebody pushed team/app:2 again."
REASON: Final = "the disk is full \x1b[31m“again”"


class Clock:
    """Goes on by a second whenever it is asked, and by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Story:
    """What became of one request after another; nothing but the chain is written."""

    def __init__(self, redis_url: str) -> None:
        self.clock = Clock()
        self.url = redis_url
        self.store = Store.open(connect(redis_url, WORKER), RING, clock=self.clock)

    def tell(self, request: str, happened: Happened, actor: str = "regclean", /, **details: Any) -> None:
        self.store.ledger.tell(request, [Event.of(happened, actor, **details)])

    def opened(self, request: str, action: str, targets: list[str], actor: str = ANN, reason: str = "") -> None:
        self.tell(request, Happened.OPENED, actor, action=action, registry="prod", targets=targets, reason=reason)

    def planned(self, request: str, steps: int, frees: int, *, exact: bool = True) -> None:
        plan = f"{request[-1]}" * 64
        self.tell(request, Happened.PLANNED, fingerprint=plan, steps=steps, frees=frees, exact=exact, damage=0)

    def approved(self, request: str, actor: str = BEN) -> None:
        until = (self.clock.now + timedelta(days=1)).isoformat()
        self.tell(request, Happened.APPROVED, actor, fingerprint=f"{request[-1]}" * 64, expires_at=until)
        self.tell(request, Happened.STARTED, attempt=1)

    def step(self, request: str, number: int, reference: str, result: str = "done", why: str = "") -> None:
        self.tell(
            request,
            Happened.STEP,
            step=number,
            verb="delete",
            reference=reference,
            digest=str(digest(reference)),
            result=result,
            why=why,
        )

    def ended(self, request: str, how: Happened, actor: str = "regclean", **details: Any) -> None:
        self.tell(request, how, actor, **{"done": 0, "skipped": 0, "failed": 0, "freed": None, "why": ""} | details)

    def say(self, *words: str, key: str = KEY) -> Result:
        """What `regclean audit` answers."""
        environment = {"REDIS_URL": self.url, "REGCLEAN_SIGNING_KEY": key}
        return CliRunner().invoke(app, ["audit", *words], env=environment, catch_exceptions=True)


def four_requests(redis_url: str) -> Story:
    """A removal of which one step was skipped, one that is at work, and a day later a collection and a denial."""
    story = Story(redis_url)
    story.opened(REMOVAL, "rm", ["app:1", "team/app:2"], reason=REASON)
    story.planned(REMOVAL, steps=2, frees=1_117, exact=False)
    story.opened(UNTAGGED, "rm --untagged", ["team/app"], actor=CAT)
    story.approved(REMOVAL)
    story.step(REMOVAL, 0, "app:1")
    story.planned(UNTAGGED, steps=3, frees=5_000_000)
    story.approved(UNTAGGED)
    story.step(UNTAGGED, 0, f"team/app@{digest('untagged')}")
    story.step(REMOVAL, 1, "team/app:2, team/app:3", "skipped", MOVED)
    story.ended(REMOVAL, Happened.DONE, done=1, skipped=1)
    story.clock.now += timedelta(days=1)
    story.opened(COLLECTION, "gc", [], actor=BEN)
    story.planned(COLLECTION, steps=0, frees=2_000)
    story.approved(COLLECTION, actor=CAT)
    story.tell(COLLECTION, Happened.ALERT, why="Collected, but one image is damaged.", damage=["app:9: a blob is gone"])
    story.ended(COLLECTION, Happened.FAILED, freed=1_999, why="Collected, but one image is damaged.")
    story.opened(DENIED, "rm", ["app:latest"], reason="a test")
    story.planned(DENIED, steps=1, frees=10)
    story.tell(DENIED, Happened.DENIED, CAT, why="")
    story.tell(DENIED, Happened.EXPLAINED, CAT, why="it is in use", to=ANN)
    return story


def forget(story: Story) -> None:
    """Everything but the chain itself, as after years."""
    for key in story.store.redis.scan_iter("r[cq]:*"):
        if key not in {keys.AUDIT.encode(), keys.AUDIT_HEAD.encode()}:
            story.store.redis.delete(key)
