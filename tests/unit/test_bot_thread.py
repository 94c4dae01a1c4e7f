"""Every audit entry as a line for people, and lines as messages."""

from typing import Any

import pytest

from bot.cards import thread
from bot.slack.blocks import SECTION
from tests.samples import ANN, APPROVAL, BEN, NOW
from workers.core.audit import Entry, Event, Happened, Head, append

NINE = [f"app:{number}" for number in range(9)]
DIGEST = f"sha256:{'ab' * 32}"


def entry(action: Happened, actor: str = "regclean", /, **details: Any) -> Entry:
    return append(Head(sequence=6), "R-1", Event(action=action, actor=actor, details=details), NOW)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (
            entry(Happened.OPENED, ANN, action="rm", registry="prod", targets=["app:1", "app:2"], reason="old"),
            "📝 <@U0000ANN> asked to remove `app:1`, `app:2` on prod: “old”",
        ),
        (
            entry(
                Happened.OPENED, ANN, action="rm", registry="prod", targets=[f"app:{n}" for n in range(9)], reason=""
            ),
            "📝 <@U0000ANN> asked to remove `app:0`, `app:1`, `app:2`, `app:3`, `app:4` and 4 more on prod",
        ),
        (
            entry(Happened.OPENED, ANN, action="rm --untagged", registry="prod", targets=["app"], reason=""),
            "📝 <@U0000ANN> asked to remove untagged manifests of `app` on prod",
        ),
        (
            entry(Happened.OPENED, ANN, action="gc", registry="prod", targets=[], reason=""),
            "📝 <@U0000ANN> asked to collect garbage on prod",
        ),
        (
            entry(Happened.OPENED, ANN, action="gc", registry="prod", targets=[], reason="old", accepts_damage=True),
            "📝 <@U0000ANN> asked to collect garbage on prod although images are damaged: “old”",
        ),
        (
            entry(Happened.PLANNED, fingerprint="f" * 64, steps=0, frees=0, exact=True, damage=3),
            "🔎 Planned · ⚠️ 3 damaged already · plan `ffffffffffff`",
        ),
        (
            entry(Happened.PLANNED, fingerprint="f" * 64, steps=3, frees=1000, exact=False),
            "🔎 Planned: 3 steps, frees at most 1 kB once collected · plan `ffffffffffff`",
        ),
        (
            entry(Happened.PLANNED, fingerprint="f" * 64, steps=0, frees=0, exact=True),
            "🔎 Planned · plan `ffffffffffff`",
        ),
        (entry(Happened.REFUSED, why="There is nothing to do."), "🚫 Refused: There is nothing to do."),
        (
            entry(Happened.VERIFIED, manifests=1204, blobs=5310, read=50, size=1_200_000_000, left=[]),
            "🔬 Verified 1,204 manifests and the sizes of 5,310 blobs; read 50 blobs (1.2 GB) in full",
        ),
        (
            entry(Happened.VERIFIED, manifests=1, blobs=1, read=0, size=0, left=["2 were too much", "x"]),
            "🔬 Verified 1 manifest and the size of 1 blob; read 0 blobs in full. Not verified: 2 were too much; x",
        ),
        (entry(Happened.DENIED, BEN, why=""), "🚫 <@U0000BEN> denied it"),
        (entry(Happened.EXPIRED), "⌛ Expired"),
        (entry(Happened.CANCELLING, ANN), "✋ <@U0000ANN> cancelled it; it stops before its next step"),
        (entry(Happened.CANCELLED, ANN), "✋ <@U0000ANN> cancelled it"),
        (entry(Happened.STARTED, attempt=1), "⚙️ Started"),
        (entry(Happened.RESUMED, attempt=2), "⚙️ Went on where it had stopped"),
        (entry(Happened.WAITING, why="R-0 is changing prod."), "⏳ Waiting: R-0 is changing prod."),
        (entry(Happened.WAITING, why="Waiting: R-0 is changing prod."), "⏳ Waiting: R-0 is changing prod."),
        (entry(Happened.WAITING), "⏳ Waiting"),
        (
            entry(Happened.STEP, verb="delete", reference="app:1", digest=DIGEST, result="done", why=""),
            f"• `app:1` deleted (`{DIGEST}`)",
        ),
        (
            entry(Happened.STEP, verb="untag", reference="app:1", digest=DIGEST, result="done", why=""),
            f"• `app:1` untagged (`{DIGEST}`)",
        ),
        (
            entry(Happened.STEP, verb="delete", reference="app:1", digest=DIGEST, result="gone", why=""),
            f"• `app:1` was already gone (`{DIGEST}`)",
        ),
        (
            entry(Happened.STEP, verb="delete", reference="app:1", digest=DIGEST, result="untagged", why="app:2 came."),
            f"• `app:1` untagged instead of deleted (`{DIGEST}`): app:2 came.",
        ),
        (
            entry(Happened.STEP, verb="delete", reference="app:1", digest=DIGEST, result="skipped", why="It moved."),
            f"⏭️ `app:1` skipped (`{DIGEST}`): It moved.",
        ),
        (
            entry(Happened.STEP, verb="delete", reference="app:1", digest=DIGEST, result="failed", why="<!here>"),
            f"❌ `app:1` failed (`{DIGEST}`): &lt;!here&gt;",
        ),
        (entry(Happened.FENCED, registry="prod"), "🔒 prod takes no writes from now on"),
        (entry(Happened.UNFENCED, registry="prod"), "🔓 prod takes writes again"),
        (
            entry(Happened.COLLECTED, blobs=4, size=99, freed=90),
            "🧺 Collected: 4 blobs, planned 99 B, measured 90 B",
        ),
        (entry(Happened.COLLECTED, by="r-9"), "🧺 What it took was collected by `r-9`"),
        (entry(Happened.COLLECTED, blobs=1, size=None, freed=None), "🧺 Collected: 1 blob, not measured"),
        (
            entry(Happened.EXPLAINED, BEN, why="Too new <!here>", to=ANN),
            "💬 <@U0000BEN> says why, <@U0000ANN>: “Too new &lt;!here&gt;”",
        ),
        (entry(Happened.MENDED, why="The collector was stopped."), "🩹 Mended: The collector was stopped."),
        (entry(Happened.ALERT, why="Somebody must look."), "🚨 Needs a person: Somebody must look."),
        (entry(Happened.STALE, why="All moved."), "♻️ Out of date: All moved."),
        (entry(Happened.DONE, done=2, skipped=1, failed=0, freed=1000), "🏁 Done: 2 done · 1 skipped · freed 1 kB"),
        (entry(Happened.DONE, done=0, skipped=0, failed=0, freed=None), "🏁 Done"),
        (entry(Happened.FAILED, why="The registry said no."), "❌ Failed: The registry said no."),
    ],
    ids=lambda value: value.action.value if isinstance(value, Entry) else "",
)
def test_lines(told: Entry, expected: str) -> None:
    assert thread.told(told) == expected


def test_an_approval_says_until_when() -> None:
    until = APPROVAL.expires_at
    line = thread.told(entry(Happened.APPROVED, BEN, fingerprint="f" * 64, expires_at=until.isoformat()))
    assert line.startswith("✅ <@U0000BEN> approved plan `ffffffffffff`, valid until <!date^")


def test_an_alert_calls_the_approvers() -> None:
    alert = entry(Happened.ALERT, why="Somebody must look.")
    assert thread.told(alert, (ANN, BEN)) == "🚨 Needs a person: Somebody must look. <@U0000ANN> <@U0000BEN>"
    assert thread.told(entry(Happened.STARTED), (ANN,)) == "⚙️ Started"


def test_everything_that_can_happen_has_a_line() -> None:
    assert all(thread.told(entry(action)) for action in Happened)


def steps(number: int, digest: str = DIGEST) -> list[Entry]:
    head, found = Head(), []
    for count in range(number):
        event = Event.of(Happened.STEP, verb="delete", reference=f"app:{count}", digest=digest, result="done")
        found.append(append(head, "R-1", event, NOW))
        head = found[-1].head
    return found


def test_lines_come_in_batches_of_forty() -> None:
    batches = list(thread.batches(steps(90, digest=""), thread.Telling()))
    assert [batch.message.text.count("\n") + 1 for batch in batches] == [40, 40, 10]
    assert [batch.last for batch in batches] == [40, 80, 90]


def test_a_batch_of_whole_digests_fits_into_a_section() -> None:
    batches = list(thread.batches(steps(90), thread.Telling()))
    assert [batch.last for batch in batches] == [29, 58, 87, 90]
    assert all(len(batch.message.blocks) == 1 and len(batch.message.text) <= SECTION for batch in batches)


def test_steps_that_a_file_tells_are_left_out() -> None:
    entries = [*steps(3), entry(Happened.DONE, done=3)]
    (batch,) = thread.batches(entries, thread.Telling(with_steps=False))
    assert batch.message.text == "🏁 Done: 3 done"
    assert list(thread.batches(steps(3), thread.Telling(with_steps=False))) == []


@pytest.mark.parametrize(
    "damaged",
    [
        entry(Happened.PLANNED, fingerprint="f", steps=[1], frees=1),
        entry(Happened.OPENED, ANN, action="rm", registry="prod", targets=7),
        entry(Happened.COLLECTED, blobs=float("inf"), size=1, freed=2),
        entry(Happened.APPROVED, BEN, fingerprint="f", expires_at="0001-01-01T00:00:00+14:00"),
        entry(Happened.DONE, done=int("9" * 4000)),
    ],
    ids=lambda damaged: damaged.action.value,
)
def test_a_damaged_entry_is_told_and_so_is_what_follows_it(damaged: Entry) -> None:
    after = entry(Happened.REFUSED, why="There is nothing to do.")
    (batch,) = thread.batches([damaged, after], thread.Telling(people=(ANN,)))
    assert batch.message.text.split("\n") == [
        "🚨 Audit entry 7 is damaged; look into who can write to Redis",
        "🚫 Refused: There is nothing to do.",
    ]
