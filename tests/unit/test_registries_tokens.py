"""Tokens: what is asked for, what comes back, and who may be asked."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.core.errors import BadInput
from workers.registries.auth import is_safe_realm
from workers.registries.endpoint import Origin
from workers.registries.grants import Grants
from workers.registries.tokens import Audience, Grant, merged, query, refresh_form

PULL = "repository:team/app:pull"
DELETE = "repository:team/app:delete,pull"
AUDIENCE = Audience("https://auth.example.com/token", "reg", frozenset({DELETE}))


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


LIVES = {
    "default": (body(token="t"), 50.0),
    "access-token": (body(access_token="t", expires_in=300), 290.0),
    "short": (body(token="t", expires_in=10), 8.0),
    "zero": (body(token="t", expires_in=0), 50.0),
    "words": (body(token="t", expires_in="300"), 50.0),
    "endless": (b'{"token": "t", "expires_in": Infinity}', 50.0),
    "more than any number of seconds": (b'{"token": "t", "expires_in": 1%s}' % (b"0" * 400), 50.0),
}


@pytest.mark.parametrize(("answer", "life"), LIVES.values(), ids=LIVES)
def test_uses_a_token_until_shortly_before_its_end(answer: bytes, life: float) -> None:
    assert Grant.parse(answer, 1000.0) == Grant("t", 1000.0 + life)


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>", b"[]", b"null", body(token=""), body(token=7), body(token="a\r\nX: y"), body(token="a b"), body()],
)
def test_takes_nothing_else_for_a_token(answer: bytes) -> None:
    assert Grant.parse(answer, 0.0) is None


@given(st.binary())
def test_reads_any_answer(answer: bytes) -> None:
    assert isinstance(Grant.parse(answer, 0.0), Grant | None)


def test_joins_the_actions_of_one_resource() -> None:
    assert merged({DELETE, PULL, "registry:catalog:*", "repository:b:pull"}) == (
        "registry:catalog:*",
        "repository:b:pull",
        "repository:team/app:delete,pull",
    )


def test_asks_for_service_and_scopes() -> None:
    assert query(AUDIENCE) == [("service", "reg"), ("scope", "repository:team/app:delete,pull")]
    assert query(Audience("https://a", "", frozenset())) == []


def test_exchanges_an_identity_token() -> None:
    assert refresh_form(AUDIENCE, "identity") == {
        "grant_type": "refresh_token",
        "client_id": "regclean",
        "refresh_token": "identity",
        "service": "reg",
        "scope": "repository:team/app:delete,pull",
    }


def test_keeps_tokens_until_they_end() -> None:
    now = 0.0
    grants = Grants(lambda: now)
    assert grants.find(AUDIENCE) is None
    assert grants.keep(AUDIENCE, body(token="a", expires_in=100)) == grants.find(AUDIENCE)
    now = 89.0
    assert grants.find(AUDIENCE) is not None
    now = 90.0
    assert grants.find(AUDIENCE) is None


def test_forgets_a_rejected_token_but_not_its_successor() -> None:
    grants = Grants(lambda: 0.0)
    grants.keep(AUDIENCE, body(token="new"))
    grants.forget("Bearer old")
    assert grants.find(AUDIENCE) is not None
    grants.forget("Bearer new")
    assert grants.find(AUDIENCE) is None


def test_does_not_keep_tokens_without_end() -> None:
    grants = Grants(lambda: 0.0)
    audiences = [Audience("https://a", "", frozenset({f"repository:r{number}:pull"})) for number in range(2500)]
    for audience in audiences:
        grants.keep(audience, body(token="t"))
    kept = sum(grants.find(audience) is not None for audience in audiences)
    assert 0 < kept <= 1000
    assert grants.find(audiences[-1]) is not None


SAFE = [
    ("https://auth.example.com/token", "https://reg.example.com"),
    ("https://auth.elsewhere.net/token?a=b", "https://reg.example.com"),
    ("https://auth.example.com/token", "http://reg.example.com:5000"),
    ("http://reg.example.com:5001/token", "http://reg.example.com:5000"),
    ("http://REG.example.com/token", "http://reg.example.com:5000"),
    ("http://127.0.0.1:5001/token", "http://localhost:5000"),
]
UNSAFE = [
    ("http://auth.example.com/token", "https://reg.example.com"),
    ("http://reg.example.com/token", "https://reg.example.com"),
    ("http://auth.example.com/token", "http://reg.example.com:5000"),
    ("http://127.0.0.1:5001/token", "http://reg.example.com:5000"),
    ("http://127.0.0.1:5001/token", "https://localhost"),
    ("http://reg.example.com@evil.net/token", "http://reg.example.com:5000"),
    ("ftp://reg.example.com/token", "http://reg.example.com:5000"),
    ("/token", "https://reg.example.com"),
    ("", "https://reg.example.com"),
    ("https://[::1/token", "https://reg.example.com"),
    ("https://reg.example.com:port/token", "https://reg.example.com"),
]


@pytest.mark.parametrize(("realm", "registry"), SAFE)
def test_sends_a_login_to_a_token_server(realm: str, registry: str) -> None:
    assert is_safe_realm(realm, Origin.of(registry))


@pytest.mark.parametrize(("realm", "registry"), UNSAFE)
def test_sends_no_login_to_others(realm: str, registry: str) -> None:
    assert not is_safe_realm(realm, Origin.of(registry))


@given(st.text())
def test_judges_any_realm(realm: str) -> None:
    assert is_safe_realm(realm, Origin.of("https://reg.example.com")) in {True, False}


def test_a_token_does_not_print() -> None:
    assert "S3CRET" not in repr(Grant("S3CRET", 0.0))


def test_an_origin_is_read_strictly() -> None:
    assert str(Origin.of("HTTPS://Reg.Example.com.:443/v2/")) == "https://reg.example.com"
    assert str(Origin.of("http://[::1]:5000")) == "http://[::1]:5000"
    assert str(Origin.of("http://[fe80::1]")) == "http://[fe80::1]"
    assert str(Origin.of("https://registry.münchen.example")) == "https://registry.münchen.example"
    wrong = (
        "reg.example.com",
        "ftp://reg",
        "http://",
        "http://reg:port",
        "http://[::1",
        "http://re g",
        "http://reg\\a",
    )
    # Found by fuzzing: what stands before the @ holds brackets, and the host is no address.
    for address in (*wrong, "http://[::1]:\x06htt\x05htt::09t@]:6"):
        with pytest.raises(BadInput):
            Origin.of(address)
