"""Thread: every audit entry of a request as a line for people, in batches that fit into messages."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.slack import text
from bot.slack.blocks import Message, sections
from bot.wording import count
from workers.core.audit import Entry, Happened
from workers.core.sizes import exact, human

EVENT_TYPE: Final = "regclean_thread"
_MOST_LINES: Final = 40
_MOST_CHARACTERS: Final = 2_800
_LONGEST: Final = 2_600
"""Characters of one line, which has to fit into a section together with the people who are called."""
_NAMED: Final = 5
_CALLED: Final = 20
# Verbs as the domain spells them, and what a step that did not go as planned came to.
_DID: Final = {"untag": "untagged", "delete": "deleted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Lines for one message; `last` is the audit number of the last entry in it."""

    message: Message
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """`with_steps` False leaves steps out, where a file tells them; `people` are called when somebody has to look."""

    with_steps: bool = True
    people: tuple[str, ...] = ()


def batches(entries: Iterable[Entry], telling: Telling) -> Iterator[Batch]:
    """The entries as messages, in order."""
    lines: list[str] = []
    last = 0
    for entry in entries:
        if not telling.with_steps and entry.action is Happened.STEP:
            continue
        line = told(entry, telling.people)
        if len(lines) == _MOST_LINES or sum(map(len, lines)) + len(lines) + len(line) > _MOST_CHARACTERS:
            yield _batch(lines, last)
            lines = []
        lines.append(line)
        last = entry.sequence
    if lines:
        yield _batch(lines, last)


def _batch(lines: list[str], last: int) -> Batch:
    body = "\n".join(lines)
    return Batch(message=Message(text=body, blocks=tuple(sections(body))), last=last)


def told(entry: Entry, people: Sequence[str] = ()) -> str:
    """One entry in one line of mrkdwn; an alert mentions people, so that they are notified."""
    line = _line(entry)
    if entry.action is not Happened.ALERT or not people:
        return line
    return f"{line} {' '.join(text.person(person) for person in people[:_CALLED])}"


def _line(entry: Entry) -> str:
    """A damaged entry is told as such: what follows it must still be told."""
    try:
        line = _LINES[entry.action](text.person(entry.actor), entry.details)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        line = ""
    if 0 < len(line) <= _LONGEST:
        return line
    return f"🚨 Audit entry {text.line(str(entry.sequence), 20)} is damaged; look into who can write to Redis"


Details = Mapping[str, Any]


def _opened(who: str, details: Details) -> str:
    targets = [text.code(str(each), 150) for each in details.get("targets", [])]
    what = {"gc": "to collect garbage", "rm": "to remove", "rm --untagged": "to remove untagged manifests of"}
    named = ", ".join(targets[:_NAMED])
    rest = f" and {len(targets) - _NAMED:,} more" if len(targets) > _NAMED else ""
    reason = f": “{text.quoted(str(details['reason']), 500)}”" if details.get("reason") else ""
    verb = what.get(str(details.get("action")), "for something")
    parts = [f"📝 {who} asked {verb}", f"{named}{rest}", f"on {text.line(str(details.get('registry', '')), 80)}"]
    parts += ["although images are damaged"] if details.get("accepts_damage") else []
    return " ".join(part for part in parts if part) + reason


def _planned(_who: str, details: Details) -> str:
    size = details.get("frees")
    bound = "" if details.get("exact", True) else "at most "
    gain = f", frees {bound}{human(int(size))} once collected" if size else ""
    steps = details.get("steps")
    collecting = f": would free {human(int(size))}" if size else ""
    counted = f": {count(int(steps), 'step')}{gain}" if steps else collecting
    damaged = int(details.get("damage") or 0)
    known = f" · ⚠️ {damaged:,} damaged already" if damaged else ""
    return f"🔎 Planned{counted}{known} · plan {text.code(str(details.get('fingerprint', ''))[:12])}"


def _approved(who: str, details: Details) -> str:
    until = _moment(details.get("expires_at"))
    valid = f", valid until {until}" if until else ""
    return f"✅ {who} approved plan {text.code(str(details.get('fingerprint', ''))[:12])}{valid}"


def _step(_who: str, details: Details) -> str:
    reference, digest = text.code(str(details.get("reference", "")), 300), str(details.get("digest", ""))
    result, verb = str(details.get("result", "")), str(details.get("verb", ""))
    words = {
        "done": _DID.get(verb, "done"),
        "gone": "was already gone",
        "untagged": "untagged instead of deleted",
        "skipped": "skipped",
        "failed": "failed",
    }
    mark = {"failed": "❌", "skipped": "⏭️"}.get(result, "•")
    # In full, since nowhere else in Slack can it be looked up once the tag is gone.
    named = f" ({text.code(digest, 140)})" if digest and digest not in reference else ""
    return f"{mark} {reference} {words.get(result, text.line(result, 40))}{named}{_why(details)}"


def _collected(_who: str, details: Details) -> str:
    """What a collector did; of a removal, that another request collected what it took."""
    if by := details.get("by"):
        return f"🧺 What it took was collected by {text.code(str(by), 60)}"
    blobs, size, freed = details.get("blobs"), details.get("size"), details.get("freed")
    parts = [count(int(blobs), "blob")] if blobs is not None else []
    parts += [f"planned {human(int(size))}"] if size is not None else []
    parts += [f"measured {exact(int(freed))}" if freed is not None else "not measured"]
    return f"🧺 Collected: {', '.join(parts)}"


def _verified(_who: str, details: Details) -> str:
    """`🔬 Verified 1,204 manifests and the sizes of 5,310 blobs; read 50 blobs (1.2 GB) in full`."""
    manifests, blobs, read = (int(details.get(name) or 0) for name in ("manifests", "blobs", "read"))
    size = f" ({human(int(details['size']))})" if details.get("size") else ""
    sizes = f"the {'size' if blobs == 1 else 'sizes'} of {count(blobs, 'blob')}"
    seen = f"🔬 Verified {count(manifests, 'manifest')} and {sizes}; read {count(read, 'blob')}{size} in full"
    left = "; ".join(text.line(str(clause), 200) for clause in details.get("left") or ())
    return f"{seen}. Not verified: {left}" if left else seen


def _done(_who: str, details: Details) -> str:
    names = ("done", "skipped", "failed")
    counted = " · ".join(f"{int(details[name]):,} {name}" for name in names if details.get(name))
    freed = details.get("freed")
    gain = f" · freed {human(int(freed))}" if freed else ""
    return f"🏁 Done{counted and f': {counted}'}{gain}"


def _saying(words: str) -> Callable[[str, Details], str]:
    return lambda _who, details: f"{words}{_why(details)}"


def _waiting(_who: str, details: Details) -> str:
    """What is waited for; a note on a card says by itself that it is about waiting."""
    return f"⏳ Waiting{_why({'why': str(details.get('why', '')).removeprefix('Waiting: ')})}"


def _doing(mark: str, words: str) -> Callable[[str, Details], str]:
    return lambda who, details: f"{mark} {who} {words}{_why(details)}"


def _explained(who: str, details: Details) -> str:
    """With a mention of who asked, since this comes after they were told."""
    to = f", {text.person(str(details['to']))}" if details.get("to") else ""
    return f"💬 {who} says why{to}: “{text.quoted(str(details.get('why', '')), 500)}”"


def _fence(mark: str, words: str) -> Callable[[str, Details], str]:
    return lambda _who, details: (
        f"{mark} {text.line(str(details.get('registry', 'the registry')), 80)} {words}{_why(details)}"
    )


_LINES: Final[Mapping[Happened, Callable[[str, Details], str]]] = {
    Happened.OPENED: _opened,
    Happened.PLANNED: _planned,
    Happened.REFUSED: _saying("🚫 Refused"),
    Happened.APPROVED: _approved,
    Happened.DENIED: _doing("🚫", "denied it"),
    Happened.EXPLAINED: _explained,
    Happened.EXPIRED: _saying("⌛ Expired"),
    Happened.CANCELLING: _doing("✋", "cancelled it; it stops before its next step"),
    Happened.CANCELLED: _doing("✋", "cancelled it"),
    Happened.STARTED: _saying("⚙️ Started"),
    Happened.RESUMED: _saying("⚙️ Went on where it had stopped"),
    Happened.WAITING: _waiting,
    Happened.STEP: _step,
    Happened.FENCED: _fence("🔒", "takes no writes from now on"),
    Happened.COLLECTED: _collected,
    Happened.UNFENCED: _fence("🔓", "takes writes again"),
    Happened.VERIFIED: _verified,
    Happened.MENDED: _saying("🩹 Mended"),
    Happened.ALERT: _saying("🚨 Needs a person"),
    Happened.STALE: _saying("♻️ Out of date"),
    Happened.DONE: _done,
    Happened.FAILED: _saying("❌ Failed"),
}


def _why(details: Details) -> str:
    return f": {text.line(str(details['why']), 500)}" if details.get("why") else ""


def _moment(stored: object) -> str:
    return text.moment(datetime.fromisoformat(stored)) if isinstance(stored, str) else ""
