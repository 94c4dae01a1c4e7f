"""Sample requests, plans and clicks for tests, each changed where a test cares."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from hypothesis import strategies as st

from tests.builders import digest
from workers.core.approval import Approval, KeyRing
from workers.core.names import RepositoryName, Tag
from workers.core.plan import Collection, Kept, Plan, Step, Untagging, Verb
from workers.core.request import Action, Origin, Request, State

NOW: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY: Final = timedelta(days=1)
ANN, BEN, CAT = "U0000ANN", "U0000BEN", "U0000CAT"
KEYS: Final = KeyRing((b"a key of this test's own",))

PLAN: Final = Plan(
    registry="prod",
    steps=(
        Step(
            verb=Verb.UNTAG,
            repository=RepositoryName("app"),
            digest=digest("one"),
            tags=(Tag("1"),),
            size=1110,
            untagging=Untagging.PLACEHOLDER,
        ),
        Step(
            verb=Verb.DELETE,
            repository=RepositoryName("team/app"),
            digest=digest("two"),
            tags=(Tag("2"), Tag("3")),
            because="part of team/app:4",
            size=7,
            depth=1,
        ),
    ),
    kept=(Kept(what="app:latest", why="is protected by “*:latest”"),),
    notes=("Only part of the registry was read.",),
    frees=1117,
    exact=False,
)
COLLECTION: Final = Collection(
    eligible=(digest("blob"),), size=99, untagged=2, untagged_size=5, emptied=(RepositoryName("old"),)
)

APPROVAL: Final = Approval(
    request="R-1",
    registry="prod",
    fingerprint=PLAN.fingerprint,
    approvers=(BEN,),
    decided_at=NOW,
    expires_at=NOW + DAY,
    signature="5" * 64,
)


def request(**changes: Any) -> Request:
    """A request of Ann's to remove two tags, as it was just asked for."""
    given: dict[str, Any] = {
        "id": "R-1",
        "action": Action.REMOVE,
        "registry": "prod",
        "targets": ("app:1", "team/app:2"),
        "requester": ANN,
        "reason": "old",
        "origin": Origin(channel="C0000001"),
        "created_at": NOW,
    }
    return Request(**given | changes)


def pending(**changes: Any) -> Request:
    """The same, planned and waiting for a decision until tomorrow."""
    return request(**{"state": State.PENDING, "fingerprint": PLAN.fingerprint, "expires_at": NOW + DAY} | changes)


# JSON from anywhere, with what its reader takes and its specification does not.
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
# Zones with fixed offsets, as JSON gives them back: an hour that a clock repeats equals no time in another zone.
# Not the first and the last day there is, which have no time in UTC.
moments = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - the zone comes with `timezones`
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - as above
    timezones=st.integers(-720, 840).map(lambda minutes: timezone(timedelta(minutes=minutes))) | st.just(UTC),
)
