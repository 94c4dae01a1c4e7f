"""Sealing: a chain that somebody without a key wrote, or changed, is told from one that regclean wrote."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import forging, sentences
from tests.forging import FOREIGN, Sealing, relinked
from tests.samples import ANN, NOW
from workers.core.approval import KeyRing
from workers.core.audit import Entry, Event, Happened, Head, append
from workers.core.errors import NotAuthentic
from workers.core.sealing import Top, Walk, check, seal, sealed

OLD, NEW, NEWER = (letter * 32 for letter in (b"o", b"n", b"m"))
RING = KeyRing((NEW, OLD))
HEAD = Head(sequence=7, hash="5" * 64)


def chain(*signed_by: bytes) -> list[Entry]:
    """One entry for each of these keys, as a process wrote it that had it in front."""
    entries = list[Entry]()
    for step, key in enumerate(signed_by):
        head = entries[-1].head if entries else Head()
        entry = append(head, f"R-{step % 3}", Event.of(Happened.STEP, ANN, step=step), NOW)
        entries.append(sealed(entry, KeyRing((key,))))
    return entries


def top(entries: Sequence[Entry]) -> Top:
    return Top(head=entries[-1].head, seal=entries[-1].seal) if entries else Top()


def walked(entries: Sequence[Entry], at: Top, ring: KeyRing | None = RING) -> None:
    walk = Walk(ring=ring)
    walk.on(entries)
    walk.end(at)


def refused(entries: Sequence[Entry], at: Top, sentence: str, ring: KeyRing = RING) -> None:
    with pytest.raises(NotAuthentic, match=sentence) as caught:
        walked(entries, at, ring)
    sentences.check(caught.value)


def test_the_first_key_seals_and_all_verify() -> None:
    assert seal(HEAD, RING) == seal(HEAD, KeyRing((NEW,))) != seal(HEAD, KeyRing((OLD,)))
    for key in (NEW, OLD):
        check(HEAD, seal(HEAD, KeyRing((key,))), RING, "It")


def test_a_seal_names_its_key() -> None:
    assert seal(HEAD, RING).partition(":")[0] == RING.ids[0] != RING.ids[1]


@pytest.mark.parametrize("other", [Head(sequence=8, hash=HEAD.hash), Head(sequence=7, hash="6" * 64), Head()])
def test_a_seal_is_for_one_place_only(other: Head) -> None:
    with pytest.raises(NotAuthentic, match="It bears a signature that does not match"):
        check(other, seal(HEAD, RING), RING, "It")


def test_nothing_else_that_is_signed_can_be_taken_for_a_seal() -> None:
    """Jobs, approvals and fences are JSON; whoever gets some text signed as one of these has no seal."""
    message = f'"regclean: the audit chain up to entry {HEAD.sequence} {HEAD.hash}"'
    with pytest.raises(NotAuthentic):
        check(HEAD, f"{RING.ids[0]}:{RING.sign(message.encode())}", RING, "It")


@pytest.mark.parametrize("given", ["", ":", "x", f"{RING.ids[0]}", f"{RING.ids[0]}:", "é:é", "\x1b" * 500, ":" * 9])
def test_what_is_no_seal_at_all_is_refused_in_a_sentence(given: str) -> None:
    with pytest.raises(NotAuthentic) as caught:
        check(HEAD, given, RING, "The audit chain's head at entry 7")
    sentences.check(caught.value)


def test_an_untouched_chain_is_walked_to_its_end() -> None:
    entries = chain(OLD, OLD, NEW)
    walked(entries, top(entries))
    walked([], Top())


def test_older_entries_are_vouched_for_by_later_ones_when_their_key_was_taken_away() -> None:
    entries = chain(OLD, OLD, NEW, NEWER)
    walked(entries, top(entries), KeyRing((NEWER,)))


def test_a_key_that_was_replaced_without_overlap_is_asked_back() -> None:
    entries = chain(OLD, OLD)
    sentence = (
        f"No known key vouches for audit entry 1 and what follows: the audit chain's head at entry 2 was signed with "
        f"the key {KeyRing((OLD,)).ids[0]}, which is not in REGCLEAN_SIGNING_KEY; put that key back behind the new one"
    )
    refused(entries, top(entries), sentence, KeyRing((NEW,)))
    more = chain(NEW, NEW, OLD)
    refused(more, top(more), "vouches for audit entry 3 and what follows", KeyRing((NEW,)))


def test_without_a_ring_only_hashes_are_looked_at() -> None:
    forged = relinked(chain(NEW, NEW, NEW)[1:], forging.nothing)
    walked(forged, top(forged), ring=None)


FORGED: tuple[tuple[Sealing, str], ...] = (
    (forging.nothing, "Audit entry 1 bears no signature"),
    (forging.what_it_had, "Audit entry 1 bears a signature that does not match"),
    (forging.a_foreign_key, "No known key vouches for audit entry 1 and what follows"),
    (forging.a_foreign_key_under_our_name, "Audit entry 1 bears a signature that does not match"),
)


@pytest.mark.parametrize(("sealing", "sentence"), FORGED, ids=[each.__name__ for each, _ in FORGED])
def test_a_chain_that_was_computed_anew_is_refused_at_its_first_wrong_entry(sealing: Sealing, sentence: str) -> None:
    entries = chain(NEW, NEW, NEW, NEW)
    forged = relinked(entries[1:], sealing)
    refused(forged, top(forged), sentence)
    kept_one = relinked([entries[0], *entries[2:]], sealing)
    half = [entries[0], *kept_one[1:]]
    refused(half, top(half), sentence.replace("1", "2"))


def test_a_seal_that_was_changed_or_taken_off_is_named() -> None:
    entries = chain(NEW, NEW, NEW)
    for other, sentence in (("", "entry 2 bears no signature"), (entries[0].seal, "entry 2 bears a signature that")):
        refused([entries[0], replace(entries[1], seal=other), entries[2]], top(entries), sentence)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "The audit chain's head at entry 3 bears no signature; find out who can write to Redis"),
        (chain(NEW, NEW)[1].seal, "The audit chain's head at entry 3 bears a signature that does not match"),
        (seal(chain(NEW, NEW, NEW)[2].head, FOREIGN), "The audit chain's head at entry 3 was signed with the key"),
    ],
)
def test_a_head_that_nobody_vouches_for_is_named(given: str, sentence: str) -> None:
    entries = chain(NEW, NEW, NEW)
    refused(entries, Top(head=entries[-1].head, seal=given), sentence)
    with pytest.raises(NotAuthentic, match=sentence):
        Top(head=entries[-1].head, seal=given).check(RING)


def test_an_empty_chain_needs_nobody_who_vouches_but_no_other_beginning_passes() -> None:
    Top().check(RING)
    with pytest.raises(NotAuthentic, match="head at entry 0 bears no signature"):
        Top(head=Head(sequence=0, hash="1" * 64)).check(RING)


booleans = st.booleans()
orders = st.lists(st.sampled_from([OLD, NEW, NEWER]), min_size=1, max_size=6)
rings = st.lists(st.sampled_from([OLD, NEW, NEWER]), min_size=1, max_size=3, unique=True)


@given(orders, rings)
def test_a_chain_is_authentic_just_when_the_key_of_its_newest_entry_is_known(
    signed_by: list[bytes], known: list[bytes]
) -> None:
    entries = chain(*signed_by)
    if signed_by[-1] in known:
        walked(entries, top(entries), KeyRing(tuple(known)))
        return
    first = max((number for number, key in enumerate(signed_by, start=1) if key in known), default=0) + 1
    refused(entries, top(entries), f"vouches for audit entry {first} and", KeyRing(tuple(known)))


@st.composite
def forgeries(draw: st.DrawFn) -> tuple[list[Entry], list[Entry], Top]:
    """A chain, what somebody made of it who has seen all of it and has no key, and the head that they wrote."""
    honest = chain(*draw(st.lists(st.sampled_from([OLD, NEW]), min_size=1, max_size=5)))
    seals: st.SearchStrategy[str] = st.sampled_from(
        [*(entry.seal for entry in honest), "", seal(honest[0].head, FOREIGN)]
    )
    made = relinked(draw(st.lists(st.sampled_from(honest), max_size=6)), lambda _: draw(seals))
    if draw(booleans):
        made = [*honest[: draw(st.integers(0, len(honest)))], *made[: draw(st.integers(0, 2))]]
    if draw(booleans) and made:
        place = draw(st.integers(0, len(made) - 1))
        made[place] = replace(made[place], seal=draw(seals))
    head = made[-1].head if made else Head()
    return honest, made, Top(head=head, seal=draw(st.one_of(st.just(made[-1].seal), seals) if made else seals))


@given(forgeries())
def test_whoever_has_no_key_can_write_no_other_chain_than_the_beginning_of_what_regclean_wrote(
    forgery: tuple[list[Entry], list[Entry], Top],
) -> None:
    honest, made, at = forgery
    try:
        walked(made, at)
    except NotAuthentic as error:
        sentences.check(error)
        return
    assert [entry.hash for entry in made] == [entry.hash for entry in honest][: len(made)]
