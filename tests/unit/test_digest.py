"""Digests: what is one, what is not, and what it is the digest of."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.core.digest import Digest
from workers.core.errors import BadName

HEX = "0123456789abcdef" * 4

GOOD = {
    "sha256": f"sha256:{HEX}",
    "sha512": f"sha512:{HEX}{HEX}",
}
BAD = {
    "nothing": "",
    "only the algorithm": "sha256:",
    "no algorithm": HEX,
    "empty algorithm": f":{HEX}",
    "upper-case digits": f"sha256:{HEX.upper()}",
    "upper-case algorithm": f"SHA256:{HEX}",
    "one digit short": f"sha256:{HEX[1:]}",
    "one digit long": f"sha256:{HEX}0",
    "the other algorithm's length": f"sha512:{HEX}",
    "an algorithm registries do not take": "md5:" + "0" * 32,
    "not hex": "sha256:" + "g" * 64,
    "a full-width digit": f"sha256:{HEX[:-1]}\uff10",
    "an Arabic digit": f"sha256:{HEX[:-1]}\u0661",
    "a line end": f"sha256:{HEX}\n",
    "a line end in place of a digit": f"sha256:{HEX[:-1]}\n",
    "a space in front": f" sha256:{HEX}",
    "with a repository": f"app@sha256:{HEX}",
    "two colons": f"sha256::{HEX[1:]}",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_is_a_digest_and_is_spelt_as_it_came(text: str) -> None:
    assert str(Digest.parse(text)) == text


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_is_no_digest(text: str) -> None:
    with pytest.raises(BadName, match="is not a digest; a digest looks like sha256: followed by 64 hex digits"):
        Digest.parse(text)


@given(st.binary())
def test_is_the_hash_of_a_body_and_of_no_other(body: bytes) -> None:
    made = Digest.of(body)
    assert made == Digest.parse(f"sha256:{hashlib.sha256(body).hexdigest()}")
    assert made.matches(body)
    assert not made.matches(body + b" ")


def test_sha512_is_checked_as_sha512() -> None:
    digest = Digest.parse(f"sha512:{hashlib.sha512(b'body').hexdigest()}")
    assert digest.matches(b"body")
    assert not digest.matches(b"other")


def test_people_see_twelve_digits() -> None:
    assert Digest.parse(GOOD["sha256"]).short == "0123456789ab"


def test_digests_have_an_order() -> None:
    low, high = Digest("sha256", "0" * 64), Digest("sha256", "1" * 64)
    assert sorted([high, low]) == [low, high]
