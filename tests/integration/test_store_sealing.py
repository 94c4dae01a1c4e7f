"""A chain in a real Redis that somebody without a key wrote anew: nothing is added to it, and whoever looks sees it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests import forging, sentences
from tests.forging import FOREIGN, SEALINGS, Sealing, put, rewrite
from tests.integration.deeds import opened, opening, story, waiting
from tests.samples import ANN, KEYS
from workers.core.approval import KeyRing
from workers.core.audit import Event, Happened
from workers.core.errors import BadInput, NotAuthentic
from workers.core.sealing import Top, seal
from workers.store import keys
from workers.store.chain import Chain
from workers.store.store import Store

OLD, NEW = KEYS, KeyRing((b"the key that comes after it",))
BOTH = KeyRing((*NEW.keys, *OLD.keys))


def tell(store: Store, count: int = 1) -> None:
    store.ledger.tell("R-1", [Event.of(Happened.STEP, ANN, number=number) for number in range(count)])


def everything(store: Store) -> dict[bytes | str, bytes | None]:
    return {key: store.redis.dump(key) for key in store.redis.keys("r[cq]:*") if key != b"rc:showing:R-1"}


def refused_to_add(store: Store, sentence: str) -> None:
    """Nothing at all is saved, whoever tries."""
    before = everything(store)
    for save in (lambda: tell(store), lambda: store.ledger.open([opening("R-2")], "trigger")):
        with pytest.raises(NotAuthentic, match=sentence) as caught:
            save()
        sentences.check(caught.value)
    assert everything(store) == before


def test_what_is_written_is_sealed_and_adding_asks_redis_nothing_more(store: Store) -> None:
    opened(store)
    tell(store, 3)
    entries = list(store.ledger.chain.all())
    assert [entry.seal for entry in entries] == [seal(entry.head, KEYS) for entry in entries]
    assert store.redis.hget(keys.AUDIT_HEAD, "seal") == entries[-1].seal.encode()
    asked = store.redis.info("commandstats")
    tell(store)
    now = store.redis.info("commandstats")
    assert now["cmdstat_hgetall"]["calls"] - asked["cmdstat_hgetall"]["calls"] == 1
    assert now["cmdstat_xrevrange"]["calls"] - asked["cmdstat_xrevrange"]["calls"] == 1


@pytest.mark.parametrize("sealing", SEALINGS)
def test_a_chain_that_was_computed_anew_is_found_and_not_added_to(store: Store, sealing: Sealing) -> None:
    opened(store)
    tell(store, 4)
    rewrite(store, lambda entry: entry.sequence != 3, sealing)
    assert Chain(store.redis, None).verify() == 4
    with pytest.raises(NotAuthentic, match=r"[Aa]udit entry [13] ") as caught:
        store.ledger.chain.verify()
    sentences.check(caught.value)
    refused_to_add(store, "The audit chain's head at entry 4 (bears|was signed)")


@pytest.mark.parametrize("sealing", SEALINGS)
def test_a_chain_whose_end_was_computed_anew_is_found_at_its_first_wrong_entry(store: Store, sealing: Sealing) -> None:
    opened(store)
    tell(store, 4)
    honest = list(store.ledger.chain.all())
    forged = forging.relinked([*honest[:3], honest[4]], sealing)
    put(store, [*honest[:3], forged[3]], Top(head=forged[3].head, seal=forged[3].seal))
    with pytest.raises(NotAuthentic, match=r"[Aa]udit entry 4 "):
        store.ledger.chain.verify()
    refused_to_add(store, "The audit chain's head at entry 4 (bears|was signed)")


HEADS: dict[str, tuple[Callable[[Store], Any], str]] = {
    "taken off": (lambda store: store.redis.hdel(keys.AUDIT_HEAD, "seal"), "at entry 5 bears no signature"),
    "of another entry": (
        lambda store: store.redis.hset(keys.AUDIT_HEAD, "seal", list(store.ledger.chain.all())[3].seal),
        "at entry 5 bears a signature that does not match",
    ),
    "of another key": (
        lambda store: store.redis.hset(keys.AUDIT_HEAD, "seal", seal(store.ledger.chain.head(), FOREIGN)),
        f"at entry 5 was signed with the key {FOREIGN.ids[0]}, which is not in REGCLEAN_SIGNING_KEY",
    ),
    "no text": (lambda store: store.redis.hset(keys.AUDIT_HEAD, "seal", b"\xff\x00\n" * 99), "which is not in"),
}


@pytest.mark.parametrize(("spoil", "sentence"), HEADS.values(), ids=HEADS)
def test_a_heads_signature_that_is(store: Store, spoil: Callable[[Store], Any], sentence: str) -> None:
    opened(store)
    tell(store, 4)
    spoil(store)
    for look in (store.ledger.chain.verify, store.ledger.chain.check):
        with pytest.raises(NotAuthentic, match=sentence) as caught:
            look()
        sentences.check(caught.value)
    refused_to_add(store, sentence)


def test_a_key_is_rotated_without_a_break(store: Store) -> None:
    opened(store)
    tell(store)
    both, new = Store.open(store.redis, BOTH), Store.open(store.redis, NEW)
    tell(both)
    assert [entry.seal.partition(":")[0] for entry in new.ledger.chain.all()] == [OLD.ids[0], OLD.ids[0], NEW.ids[0]]
    tell(new)
    assert new.ledger.chain.verify() == both.ledger.chain.verify() == 4
    with pytest.raises(NotAuthentic, match="vouches for audit entry 3 and what follows"):
        store.ledger.chain.verify()
    refused_to_add(store, "put that key back behind the new one")


def test_a_key_that_was_replaced_without_overlap_is_asked_back_and_then_all_goes_on(store: Store) -> None:
    opened(store)
    new = Store.open(store.redis, NEW)
    refused_to_add(new, f"signed with the key {OLD.ids[0]}, which is not in REGCLEAN_SIGNING_KEY; put that key back")
    tell(Store.open(store.redis, BOTH))
    tell(new)
    assert new.ledger.chain.verify() == 3


def test_a_chain_whose_key_is_lost_can_be_signed_anew_once_somebody_says_so(store: Store) -> None:
    opened(store)
    new = Store.open(store.redis, NEW)
    assert new.ledger.vouch() == new.ledger.chain.head()
    assert new.ledger.chain.verify() == 1
    tell(new)
    assert new.ledger.chain.verify() == 2


def test_a_chain_that_does_not_fit_cannot_be_signed(store: Store) -> None:
    opened(store)
    tell(store, 2)
    store.redis.xdel(keys.AUDIT, "2-0")
    before = everything(store)
    with pytest.raises(NotAuthentic, match="jumps from entry 1 to entry 3"):
        store.ledger.vouch()
    assert everything(store) == before


def test_without_a_key_the_chain_can_be_walked_and_nothing_else(store: Store) -> None:
    opened(store)
    chain = Chain(store.redis, None)
    assert chain.verify() == 1
    with pytest.raises(BadInput, match="REGCLEAN_SIGNING_KEY is not set"):
        chain.check()
    with store.redis.pipeline() as pipe:
        pipe.watch(keys.AUDIT_HEAD)
        with pytest.raises(BadInput, match="nobody can vouch"):
            chain.read(pipe)


def test_what_is_proved_is_all_that_was_told_since_although_the_list_says_less(store: Store) -> None:
    waiting(store)
    tell(store, 2)
    opened(store, "R-2")
    tell(store, 1)
    start = next(store.ledger.chain.of("R-1", after=1))
    store.redis.delete(keys.events("R-1"))
    assert [entry.sequence for entry in store.ledger.chain.proved(start)] == [2, 3, 4, 6]
    assert story(store) == []


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda store: store.redis.xdel(keys.AUDIT, "4-0"), "jumps from entry 3 to entry 5"),
        (lambda store: store.redis.xtrim(keys.AUDIT, maxlen=0, approximate=False), "ends at entry 1, but"),
        (lambda store: store.redis.hdel(keys.AUDIT_HEAD, "seal"), "bears no signature"),
        (lambda store: rewrite(store, lambda entry: entry.sequence != 4, forging.what_it_had), "does not match"),
    ],
)
def test_nothing_is_proved_by_a_chain_that_was_changed(
    store: Store, spoil: Callable[[Store], Any], sentence: str
) -> None:
    waiting(store)
    tell(store, 4)
    start = next(store.ledger.chain.of("R-1", after=1))
    spoil(store)
    with pytest.raises(NotAuthentic, match=sentence) as caught:
        store.ledger.chain.proved(start)
    sentences.check(caught.value)


def test_an_entry_that_is_not_the_chains_own_proves_nothing(store: Store) -> None:
    waiting(store)
    tell(store, 4)
    start = next(store.ledger.chain.of("R-1", after=1))
    with pytest.raises(NotAuthentic, match="Audit entry 2 was changed"):
        store.ledger.chain.proved(replace(start, previous="0" * 64))
