"""Counted: every call to Slack is counted by its method and by what came of it, and is a span of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from workers.core.errors import Unavailable
from workers.store import tracing
from workers.store.meter import METER
from workers.store.metrics import SLACK_CALLS


class CountedClient(AsyncWebClient):
    """Slack's client, counting the Web API methods that it calls."""

    async def api_call(self, api_method: str, **given: Any) -> AsyncSlackResponse:
        with counted(api_method, self.base_url):
            return await super().api_call(api_method, **given)


@contextmanager
def counted(method: str, url: str) -> Iterator[None]:
    """Count what happens in the block as one call; of the address, which may be a secret, only the host is told."""
    outcome, status = "ok", 200
    facts = {"slack.method": method, "http.request.method": "POST", "server.address": urlsplit(url).hostname or ""}
    with tracing.call(f"slack {method}", facts) as span:
        try:
            yield
        except (SlackApiError, aiohttp.ClientResponseError, Unavailable) as error:
            status = status_of(error)
            outcome = "ratelimited" if status == 429 else "refused"
            raise
        except BaseException:
            outcome, status = "lost", 0
            raise
        finally:
            METER.count(SLACK_CALLS, method, outcome)
            span.tell({"slack.outcome": outcome, **({"http.response.status_code": status} if status else {})})


def status_of(error: Exception) -> int:
    """The HTTP status of a refusal; the SDK puts one of two kinds of response into its errors."""
    answer = error.response if isinstance(error, SlackApiError) else error
    return int(getattr(answer, "status_code", None) or getattr(answer, "status", None) or 200)
