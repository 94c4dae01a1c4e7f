"""What somebody does to the audit chain who can write to Redis, computes hashes as well as anybody, and has no key."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from workers.core.approval import KeyRing
from workers.core.audit import Entry, Head
from workers.core.sealing import Top, seal
from workers.store import keys, records
from workers.store.store import Store

FOREIGN: Final = KeyRing((b"f" * 32,))
Sealing = Callable[[Entry], str]


def relinked(entries: Sequence[Entry], sealing: Sealing) -> list[Entry]:
    """These entries as a chain of their own: numbered, with hashes that fit, and sealed as well as can be."""
    linked, last = list[Entry](), Head()
    for entry in entries:
        moved = replace(entry, sequence=last.sequence + 1, previous=last.hash)
        hashed = replace(moved, hash=moved.hashed())
        linked.append(replace(hashed, seal=sealing(hashed)))
        last = hashed.head
    return linked


def nothing(_: Entry) -> str:
    return ""


def what_it_had(entry: Entry) -> str:
    return entry.seal


def a_foreign_key(entry: Entry) -> str:
    return seal(entry.head, FOREIGN)


def a_foreign_key_under_our_name(entry: Entry) -> str:
    """The name is no secret: every entry bears it."""
    return f"{entry.seal.partition(':')[0]}:{seal(entry.head, FOREIGN).partition(':')[2]}"


SEALINGS: Final[tuple[Sealing, ...]] = (nothing, what_it_had, a_foreign_key, a_foreign_key_under_our_name)


def put(store: Store, entries: Sequence[Entry], top: Top) -> None:
    """Let this be the chain, with the lists of each request's entries."""
    for key in (keys.AUDIT, keys.AUDIT_HEAD, *store.redis.scan_iter(keys.events("*"))):
        store.redis.delete(key)
    for entry in entries:
        store.redis.xadd(keys.AUDIT, {"entry": records.write(entry.as_json())}, id=f"{entry.sequence}-0")
        store.redis.rpush(keys.events(entry.request), entry.sequence)
    store.redis.hset(keys.AUDIT_HEAD, "sequence", top.head.sequence)
    store.redis.hset(keys.AUDIT_HEAD, items=["hash", top.head.hash, "seal", top.seal])


def rewrite(store: Store, keep: Callable[[Entry], bool], sealing: Sealing) -> list[Entry]:
    """Leave entries out, and compute everything after them anew; what then is the chain."""
    entries = relinked([entry for entry in store.ledger.chain.all() if keep(entry)], sealing)
    put(store, entries, Top(head=entries[-1].head, seal=entries[-1].seal))
    return entries
