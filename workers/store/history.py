"""History: the audit chain as auditors read it, from a moment or a request on, page by page, proved as it goes."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from workers.core.audit import Entry, Happened, Head
from workers.core.moment import moment
from workers.store import records
from workers.store.chain import Chain


@dataclass(frozen=True, slots=True)
class History:
    """Methods raise BadRecord and Unavailable."""

    chain: Chain

    def before(self, since: datetime) -> int:
        """The number of the last entry that is older; 0 when none is.

        Found by halving, as entries stand in the order of their times, as far as the clocks of processes agree.
        """
        numbers = range(1, self.chain.head().sequence + 1)
        return bisect_left(numbers, since, key=self._time)

    def _time(self, number: int) -> datetime:
        entry = next(self.chain.all(after=number - 1, page=1), None)
        if entry is None:
            raise records.damaged(f"audit entry {number}")
        return told_at(entry)

    def proved(self, after: int = 0) -> Iterator[Entry]:
        """What follows the entry numbered `after`, up to the head that stands there now.

        Raises NotAuthentic after the last entry that fits, so what was given before counts only when it ends without.
        """
        # The hash of that entry, which nobody compared with anything yet, is vouched for by what follows it.
        top, walk = self.chain.top(), self.chain.walk(Head(sequence=after - 1) if after else Head())
        for entry in self.chain.all(after=max(after - 1, 0)):
            if entry.sequence > top.head.sequence:
                break
            if entry.sequence == after:
                walk = self.chain.walk(Head(sequence=after - 1, hash=entry.previous))
            walk.on((entry,))
            if entry.sequence > after:
                yield entry
        walk.end(top)

    def of(self, request_id: str) -> Iterator[Entry]:
        """Everything told of one request, proved as above.

        Its own list only says where to begin: whoever writes to Redis can change it. Where it leads to no beginning,
        the whole chain is looked through.
        """
        first = self.chain.first_of(request_id)
        opening = next(self.chain.all(after=first - 1, page=1), None) if first > 0 else None
        is_right = opening and (opening.request, opening.action) == (request_id, Happened.OPENED)
        entries = self.proved(first - 1 if is_right else 0)
        return (entry for entry in entries if entry.request == request_id)


def told_at(entry: Entry) -> datetime:
    """When it was told; raises BadRecord."""
    try:
        return moment(entry.at)
    except (ValueError, OverflowError) as error:
        raise records.damaged(f"audit entry {entry.sequence}") from error
