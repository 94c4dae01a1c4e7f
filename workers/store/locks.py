"""Locks: one worker at a time changes a registry; work stops when the lock can no longer be trusted."""

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self

from redis import Redis

from workers.core.errors import Unavailable
from workers.store import keys, records
from workers.store.connection import asking, confirming
from workers.store.lives import has_ended, own_life

LIFE: Final = 20.0
"""Seconds a lock lives without renewal; it is renewed at a third of that.

A dead owner blocks others that long, unless it is seen to be dead by one on the same machine.
"""

_FAMILY: Final = secrets.token_hex(8)
"""Shared with whatever this process forks, and with nothing else: so a worker knows the locks of its own children."""
_NEVER: Final = float("-inf")
_CONFIRMING: Final = 2_000
"""Milliseconds that a replica may take to say that it has the lock, too."""
_RENEW: Final = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('pexpire',KEYS[1],ARGV[2]) end return 0"
# Said twice it does the same: an answer that was lost makes the client ask again.
_TAKE_OVER: Final = """
local held = redis.call('get', KEYS[1])
if held == ARGV[2] then return 1 end
if held ~= ARGV[1] or redis.call('exists', KEYS[2]) == 1 then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_LET_GO: Final = """
if redis.call('get', KEYS[1]) ~= ARGV[1] or redis.call('exists', KEYS[2]) == 1 then return 0 end
return redis.call('del', KEYS[1])
"""
_RELEASE: Final = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end return 0"


class Busy(Unavailable):
    """Another worker is changing this registry."""

    def __init__(self, sentence: str | None = None, left: float = LIFE) -> None:
        """`left` is in seconds: the lock runs out then, unless its holder lives and renews it."""
        super().__init__(sentence)
        self.left = left


class LockLost(Unavailable):
    """The lock on the registry is no longer ours, so nothing more is written."""


@dataclass(slots=True)
class Lock:
    """A held lock; use it as a context manager, which renews it in a thread of its own and releases it.

    `number` is the fence number: it only grows. `name` is what the key holds: the owner, and the process.
    `since` is by the monotonic clock: whoever held it before had ended by then, or its time had run out.
    """

    redis: Redis
    key: str
    name: str
    number: int
    life: float
    _valid_until: float
    since: float = field(default_factory=time.monotonic)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def remaining(self) -> float:
        """Seconds, by the monotonic clock, for which the lock is surely ours; negative once it may not be."""
        return self._valid_until - time.monotonic()

    def may_write(self, seconds: float) -> None:
        """Raise LockLost unless a call of at most `seconds` would end while the lock is surely ours."""
        if self.remaining <= seconds:
            raise LockLost(
                "The lock on the registry ran out (Redis away, or the machine stopped); nothing more was written."
            )

    @asking()
    def confirm(self) -> None:
        """Raise LockLost unless Redis says that it is ours, too: its clock may have jumped, or the key been removed."""
        if records.text(self.redis.get(self.key)) != self.name:
            self.expire()
            raise LockLost("The lock on the registry was lost before its time; nothing more was written.")

    def sure(self, seconds: float) -> None:
        """Raise LockLost unless both this clock and Redis say that a call of at most `seconds` may be sent now."""
        self.may_write(seconds)
        self.confirm()
        self.may_write(seconds)  # asking may have taken its time

    @asking()
    def renew(self) -> bool:
        """Whether it is still ours; its life starts anew from before the call. Raises Unavailable.

        Behind Sentinel it does so only once a replica knows: else a failover would give the lock away before its end.
        """
        before = time.monotonic()
        pipe = self.redis.pipeline(transaction=False)
        pipe.eval(_RENEW, 1, self.key, self.name, int(self.life * 1000))
        if wanted := confirming(self.redis):
            pipe.wait(wanted, _CONFIRMING)
        renewed, *confirmed = pipe.execute()
        if not renewed:
            self._valid_until = _NEVER
        elif all(replicas >= wanted for replicas in confirmed):
            self._valid_until = before + self.life
        return bool(renewed)

    def expire(self) -> None:
        """Trust it no longer."""
        self._valid_until = _NEVER

    def release(self) -> None:
        """Give it back; what cannot be released runs out by itself."""
        self.expire()
        with suppress(Unavailable), asking():
            self.redis.eval(_RELEASE, 1, self.key, self.name)

    def _keep(self) -> None:
        while not self._stop.wait(self.life / 3):
            # While Redis is away `remaining` runs down by itself, and writes stop in time.
            with suppress(Unavailable):
                if not self.renew():
                    return

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._keep, daemon=True, name="lock")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        self.release()


def _token() -> str:
    return f"{_FAMILY}-{secrets.token_hex(4)}-{own_life()}"


def _life(name: str) -> str:
    """The process that bears a lock, in the words of `own_life`."""
    return name.rpartition(".")[2].partition("-")[2].partition("-")[2]


@dataclass(frozen=True, slots=True)
class Locks:
    """Hands out locks on registries."""

    redis: Redis
    token: Callable[[], str] = field(default=_token)

    @asking()
    def acquire(self, registry: str, owner: str, call: float = 0) -> Lock:
        """The lock, or Busy saying whose request holds it; `call` is the longest a single write may take, in seconds.

        A write is only sent while the lock outlives it, so a lock between two renewals must be long enough for one.
        """
        life = max(LIFE, 2 * call)
        name = f"{owner}.{self.token()}"
        before = time.monotonic()
        if not self._take(registry, name, life):
            holder = self.holder(registry) or "another request"
            who = "an earlier attempt, which may still be at work," if holder == owner else holder
            left = max(0, self.redis.pttl(keys.lock(registry))) / 1000
            raise Busy(f"Waiting: {who} is changing {registry}.", left)
        number = int(records.text(self.redis.incr(keys.LOCK_NUMBER)))
        lock = Lock(self.redis, keys.lock(registry), name, number, life, before + life)
        return self._confirmed(lock) if confirming(self.redis) else lock

    def _take(self, registry: str, name: str, life: float) -> bool:
        """Whether the lock is ours now: it was free, or whoever held it was seen to have ended.

        Not while a fence stands: a command that a dead worker began, to make the registry take writes or to start it
        anew, may outlive it, and has to be over before anybody collects.
        """
        key, milliseconds = keys.lock(registry), int(life * 1000)
        if self.redis.set(key, name, nx=True, px=milliseconds):
            return True
        held = records.text(self.redis.get(key))
        # An answer that was lost makes the client ask again, and find the lock taken: by this very call.
        if held == name:
            return True
        gone = has_ended(_life(held))
        return gone and bool(self.redis.eval(_TAKE_OVER, 2, key, keys.fence(registry), held, name, milliseconds))

    def _confirmed(self, lock: Lock) -> Lock:
        """The lock, once a replica has it; else it is given back, since a failover would let another one take it."""
        lock.expire()
        if not lock.renew() or lock.remaining < 0:
            lock.release()
            raise Unavailable(
                "Too few replicas of Redis confirmed the lock on the registry in time; it is tried again."
            )
        return lock

    @asking()
    def holder(self, registry: str) -> str | None:
        """The request that holds the lock now."""
        name = self.redis.get(keys.lock(registry))
        return records.text(name).rpartition(".")[0] if name else None

    @asking()
    def free(self, registry: str, pid: int) -> bool:
        """Give back the lock of a child that was seen to end; whether it held one, and no fence stands."""
        name = records.text(self.redis.get(keys.lock(registry)))
        ours = name.rpartition(".")[2].startswith(f"{_FAMILY}-")
        held = ours and _life(name).split("-")[1:2] == [str(pid)]
        return held and bool(self.redis.eval(_LET_GO, 2, keys.lock(registry), keys.fence(registry), name))
