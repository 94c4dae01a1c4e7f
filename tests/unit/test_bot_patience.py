"""Which of Slack's failures pass by themselves."""

from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from slack_sdk.errors import SlackApiError
from yarl import URL

from bot.slack.counted import status_of
from bot.slack.patience import is_passing, pause_asked, retry_after
from bot.slack.web import error_codes


def failed(response: object) -> SlackApiError:
    return SlackApiError("It did not work.", response)  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


def answered(status: int, **body: Any) -> SlackApiError:
    return failed(SimpleNamespace(status_code=status, get=body.get))


PAGE = failed(SimpleNamespace(status=502))


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (answered(429, error="ratelimited"), True),
        (answered(503, error="service_unavailable"), True),
        (answered(502), True),
        (answered(200), True),
        (answered(200, error="internal_error"), True),
        (answered(200, error="not_in_channel"), False),
        (answered(200, error="invalid_auth"), False),
        (PAGE, True),
        (failed(SimpleNamespace(status=200)), True),
        (TimeoutError(), True),
        (aiohttp.ServerDisconnectedError(), True),
        (aiohttp.ClientPayloadError(), True),
        (aiohttp.InvalidURL("x"), False),
        (KeyError("x"), False),
    ],
)
def test_passing(error: Exception, passing: bool) -> None:
    assert is_passing(error) == passing


def test_what_slack_said() -> None:
    assert (list(error_codes(answered(200, error="x"))), status_of(answered(418))) == (["x"], 418)
    assert (list(error_codes(PAGE)), status_of(PAGE)) == ([], 502)


def limited(**headers: str) -> SlackApiError:
    return failed(SimpleNamespace(status_code=429, headers=headers, get={"error": "ratelimited"}.get))


def limited_url(headers: dict[str, str] | None) -> aiohttp.ClientResponseError:
    about = aiohttp.RequestInfo(URL("https://hooks.example.com/x"), "POST", CIMultiDictProxy(CIMultiDict()))
    return aiohttp.ClientResponseError(about, (), status=429, headers=CIMultiDict(headers) if headers else None)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (limited(**{"Retry-After": "30"}), 30),
        (limited(**{"retry-after": " 2.5 "}), 2.5),
        (limited(), 1),
        (limited(**{"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), 1),
        (limited(**{"Retry-After": "-5"}), 1),
        (limited(**{"Retry-After": "nan"}), 1),
        (limited(**{"Retry-After": "٣"}), 1),
        (limited(**{"Retry-After": "9" * 400}), 3600),
        (limited_url({"Retry-After": "7"}), 7),
        (limited_url(None), 1),
        (answered(503, error="service_unavailable"), 0),
        (TimeoutError(), 0),
    ],
)
def test_the_pause_that_slack_asks_for(error: Exception, seconds: float) -> None:
    assert retry_after(error) == seconds


def test_where_slack_says_no_time_the_pause_is_ours() -> None:
    assert [pause_asked(each) for each in (limited(**{"Retry-After": "30"}), TimeoutError(), KeyError("x"))] == [
        30,
        True,
        False,
    ]
