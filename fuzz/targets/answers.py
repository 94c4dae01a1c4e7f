"""Bodies with which registries and token servers answer."""

import math
from typing import Final

import httpx

from fuzz.target import Target, chosen, json_seed
from workers.registries.reply import Call, Reply
from workers.registries.tokens import Grant

_URL: Final = "https://registry.example.com/v2/app/manifests/1?token=x"
_STATUSES: Final = (200, 401, 403, 404, 429, 500)


def _reply(body: bytes) -> None:
    status, body = chosen(body, _STATUSES)
    call = Call(doing="read", method="GET", target="/v2/")
    reply = Reply(call=call, url=_URL, status=status, headers=httpx.Headers(), body=body)
    answer = reply.answer
    assert len(answer.codes) <= 10
    assert all(len(code) <= 64 and code.isascii() for code in answer.codes)
    assert len(answer.message) <= 200
    assert answer.message.isprintable()
    assert "token=x" not in answer.url
    assert reply.is_missing in {True, False}


def _grant(body: bytes) -> None:
    grant = Grant.parse(body, now=1000.0)
    if grant is not None:
        assert grant.token.isascii()
        assert grant.token.isprintable()
        assert " " not in grant.token
        assert 1000 <= grant.until < math.inf
        assert len(grant.token) < 12 or grant.token not in repr(grant)


_KINDS: Final = (_reply, _grant)


def run(data: bytes) -> None:
    kind, body = chosen(data, _KINDS)
    kind(body)


TARGET: Final = Target(
    holds="an error's codes and message are few, short and printable; a token fits a header and does not live for ever",
    run=run,
    seeds=(
        *(
            b"\0" + json_seed(status, {"errors": [{"code": "DENIED", "message": "no", "detail": [1]}]})
            for status in range(6)
        ),
        b"\0" + json_seed(3, {"errors": {"code": 1}}),
        json_seed(1, {"token": "abc.def", "expires_in": 300, "issued_at": "2026-03-01T12:00:00Z"}),
        json_seed(1, {"access_token": "a", "expires_in": 1.5}),
        json_seed(1, {"token": "", "access_token": "x", "expires_in": -1}),
    ),
    longest=2048,
    words=("errors", "code", "message", "token", "access_token", "expires_in", "UNAUTHORIZED", "1e308", "NaN"),
    of_json=True,
)
