"""Sealing: signatures on the audit chain, so that nobody without a key can write it anew.

A hash vouches for every entry before it. So a chain is authentic up to its newest entry whose seal a key of the ring
made; older ones may be sealed with keys that were taken away since.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Self

from workers.core.approval import KeyRing
from workers.core.audit import Entry, Head, check_end, follow
from workers.core.echo import echo
from workers.core.errors import NotAuthentic, UnknownKey

# Nothing that regclean signs otherwise begins like this: approvals, jobs and fences are JSON.
_DOMAIN: Final = "regclean: the audit chain up to entry"
_MEND: Final = "find out who can write to Redis, and restore it from a backup."
_KEYS: Final = "REGCLEAN_SIGNING_KEY"
_NOTHING: Final = Head()


def seal(head: Head, ring: KeyRing) -> str:
    """The id of the ring's first key, a colon, and its HMAC-SHA256 of this place in the chain, in hexadecimal."""
    return f"{ring.ids[0]}:{ring.sign(_message(head))}"


def sealed(entry: Entry, ring: KeyRing) -> Entry:
    return replace(entry, seal=seal(entry.head, ring))


def check(head: Head, given: str, ring: KeyRing, what: str) -> None:
    """Raise NotAuthentic, naming `what` and saying what to do, unless a key of the ring made this seal."""
    key, _, signature = given.partition(":")
    if not given:
        raise NotAuthentic(f"{what} bears no signature; {_MEND}")
    if key not in ring.ids:
        raise UnknownKey(
            f"{what} was signed with the key {echo(key, 8)}, which is not in {_KEYS}; put that key back behind the new "
            "one, or, if nobody changed keys, find out who can write to Redis."
        )
    try:
        ring.verify(_message(head), signature)
    except NotAuthentic:
        raise NotAuthentic(f"{what} bears a signature that does not match; {_MEND}") from None


def _message(head: Head) -> bytes:
    return f"{_DOMAIN} {head.sequence} {head.hash}".encode(errors="replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Top:
    """Where the chain stands, with the seal of whoever wrote it last."""

    head: Head = _NOTHING
    seal: str = ""

    @classmethod
    def of(cls, head: Head, ring: KeyRing) -> Self:
        return cls(head=head, seal=seal(head, ring))

    def check(self, ring: KeyRing) -> None:
        """Raise NotAuthentic unless a key of the ring vouches for it; an empty chain needs nobody who does."""
        if self.head != _NOTHING:
            check(self.head, self.seal, ring, f"The audit chain's head at entry {self.head.sequence}")


@dataclass(slots=True, kw_only=True)
class Walk:
    """A walk along the chain; without a ring it looks at hashes alone.

    `last` was seen to fit, and `vouched` is the number of the newest entry that is sealed with a key of the ring.
    """

    ring: KeyRing | None = None
    last: Head = field(default_factory=Head)
    vouched: int = 0

    def on(self, entries: Iterable[Entry]) -> None:
        """Walk on; raises NotAuthentic naming the first entry that does not fit, or whose seal was changed."""
        for entry in entries:
            self.last = follow(self.last, (entry,))
            if self.ring and _is_for(entry.seal, self.ring):
                check(entry.head, entry.seal, self.ring, f"Audit entry {entry.sequence}")
                self.vouched = entry.sequence

    def end(self, top: Top) -> None:
        """See that the chain ends here, and that a key of the ring vouches for its end; raises NotAuthentic."""
        check_end(self.last, top.head)
        if self.ring:
            try:
                top.check(self.ring)
            except NotAuthentic as error:
                raise self._nobody_vouches(error) from None

    def _nobody_vouches(self, error: NotAuthentic) -> NotAuthentic:
        if self.vouched == self.last.sequence:
            return error
        why = f"{error.sentence[0].lower()}{error.sentence[1:]}"
        return type(error)(f"No known key vouches for audit entry {self.vouched + 1} and what follows: {why}")


def _is_for(given: str, ring: KeyRing) -> bool:
    """Whether these keys have to bear it out: every entry is sealed, some with a key that was taken away since."""
    return not given or given.partition(":")[0] in ring.ids
