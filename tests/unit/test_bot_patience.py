"""Which of Slack's failures pass by themselves."""

from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.slack.counted import status_of
from bot.slack.patience import is_passing
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
