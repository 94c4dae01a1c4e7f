"""Every key in Redis that is ours, and how long what ends is kept."""

from typing import Final

AUDIT: Final = "rc:audit"
AUDIT_HEAD: Final = "rc:audit:head"
OPEN: Final = "rc:open"
STANDING: Final = "rc:standing"
"""Who asked for what is open."""
RECENT: Final = "rc:requests"
UNSHOWN: Final = "rc:unshown"
ANCHOR: Final = "rc:anchor"
"""The highest audit entry that Slack shows."""
ACCEPTED: Final = "rc:anchor:accepted"
HALT: Final = "rc:halt"
"""Why nothing more is carried out."""
PLANNED: Final = "rc:planned"
"""Requests that wait for a decision, with when they began to."""
METRICS: Final = "rc:metrics"
LOCK_NUMBER: Final = "rc:lock:number"
SWEEPER: Final = "rc:sweeper"
UNDO_SIZES: Final = "rc:undo:sizes"
UNDO_TOTAL: Final = "rc:undo:total"

KEEP_WORK: Final = 30 * 86_400
"""Seconds that a final request's plan and outcomes are kept; the request and the audit stream stay."""


def request(request_id: str) -> str:
    return f"rc:request:{request_id}"


def plan(request_id: str) -> str:
    return f"rc:plan:{request_id}"


def outcomes(request_id: str) -> str:
    return f"rc:outcomes:{request_id}"


def events(request_id: str) -> str:
    """The sequence numbers of a request's audit entries, in order."""
    return f"rc:events:{request_id}"


def placeholders(request_id: str) -> str:
    return f"rc:placeholders:{request_id}"


def trail(request_id: str) -> str:
    """The traces in which it was opened and worked on."""
    return f"rc:trail:{request_id}"


def card(request_id: str) -> str:
    return f"rc:card:{request_id}"


def showing(request_id: str) -> str:
    """Held for a moment after a show was asked for, so that quick steps do not ask for one each."""
    return f"rc:showing:{request_id}"


def seen(payload: str) -> str:
    return f"rc:seen:{payload}"


def lookup(lookup_id: str) -> str:
    return f"rc:lookup:{lookup_id}"


def lock(registry: str) -> str:
    return f"rc:lock:{registry}"


def fence(registry: str) -> str:
    return f"rc:fence:{registry}"


def touched(registry: str) -> str:
    """The repositories that were changed since a collection of their registry was last verified."""
    return f"rc:touched:{registry}"


def uncollected(registry: str) -> str:
    """The newest removals whose cards do not say yet that what they took was collected."""
    return f"rc:uncollected:{registry}"


def collections(registry: str) -> str:
    """The collections of a registry that its collector carried out, with when it did."""
    return f"rc:collections:{registry}"


def key_marks(process: str) -> str:
    """Which signing keys processes of a kind hold."""
    return f"rc:keys:{process}"


def probe(name: str) -> str:
    """Written and taken away again, to see whether Redis takes writes."""
    return f"rc:probe:{name}"


def undo(registry: str, reference: str) -> str:
    return f"rc:undo:{registry}/{reference}"


def saved(mark: str) -> str:
    """Written by a transaction, so that one whose answer was lost is not carried out twice."""
    return f"rc:saved:{mark}"
