"""Counted: every call to Slack is counted by its method and by what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from workers.core.errors import Unavailable
from workers.store.meter import METER
from workers.store.metrics import SLACK_CALLS


class CountedClient(AsyncWebClient):
    """Slack's client, counting the Web API methods that it calls."""

    async def api_call(self, api_method: str, **given: Any) -> AsyncSlackResponse:
        with counted(api_method):
            return await super().api_call(api_method, **given)


@contextmanager
def counted(method: str) -> Iterator[None]:
    """Count what happens in the block as one call."""
    outcome = "ok"
    try:
        yield
    except (SlackApiError, aiohttp.ClientResponseError, Unavailable) as error:
        outcome = "ratelimited" if status_of(error) == 429 else "refused"
        raise
    except BaseException:
        outcome = "lost"
        raise
    finally:
        METER.count(SLACK_CALLS, method, outcome)


def status_of(error: Exception) -> int:
    """The HTTP status of a refusal; the SDK puts one of two kinds of response into its errors."""
    answer = error.response if isinstance(error, SlackApiError) else error
    return int(getattr(answer, "status_code", None) or getattr(answer, "status", None) or 200)
