"""Watching: walks the audit chain in small pieces, again and again, so that a change of old entries is seen."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from workers.core.errors import BadRecord, NotAuthentic
from workers.core.sealing import Walk
from workers.store.chain import Chain

AGAIN_AFTER: Final = 3_600.0
_PIECE: Final = 2_000
"""Entries in one step: about 50 ms, so that what the sweeper mends need not wait."""
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class ChainWatch:
    """`intact` is what the last whole walk said, True before the first; a broken place is told once a walk."""

    chain: Chain
    clock: Callable[[], float] = time.time
    intact: bool = True
    verified_at: float = 0.0
    _walk: Walk = field(default_factory=Walk)
    _started_at: float = 0.0
    _stopped: bool = False

    def step(self) -> None:
        """Walk one piece on; once in an hour from the first entry. Raises Unavailable."""
        now = self.clock()
        if now - self._started_at >= AGAIN_AFTER and (self._stopped or self.verified_at >= self._started_at):
            self._walk, self._started_at, self._stopped = self.chain.walk(), now, False
        if self._stopped:
            return
        try:
            is_whole = self.chain.follow(self._walk, _PIECE)
        except (NotAuthentic, BadRecord) as error:
            self.intact, self._stopped = False, True
            _log.critical("audit.broken", error=error.sentence)
            return
        if is_whole:
            self.intact, self.verified_at = True, now
