"""Slack clients of both kinds as one thing to test with, and what their errors say."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from demo.workspace import RunningWorkspace

Json = dict[str, Any]


class Caller:
    """Calls a client's methods by name; the async client's run to their end."""

    def __init__(self, client: WebClient | AsyncWebClient) -> None:
        self._client = client

    def __call__(self, method: str, **arguments: Any) -> Json:
        found = getattr(self._client, method)(**arguments)
        answer = asyncio.run(found) if asyncio.iscoroutine(found) else found
        return dict(answer.data)


def sync_caller(workspace: RunningWorkspace, token: str = "") -> Caller:
    return Caller(WebClient(token=token or workspace.bot_token, base_url=workspace.api_url))


def async_caller(workspace: RunningWorkspace, token: str = "") -> Caller:
    return Caller(AsyncWebClient(token=token or workspace.bot_token, base_url=workspace.api_url))


@dataclass(slots=True)
class Refused:
    """What Slack answered instead."""

    error: str = ""
    status: int = 0
    answer: Json | None = None
    headers: Any = None


@contextmanager
def refused(error: str) -> Iterator[Refused]:
    """Expect the block to be refused with `error`."""
    found = Refused()
    with pytest.raises(SlackApiError) as caught:
        yield found
    response = caught.value.response
    found.error, found.status, found.answer, found.headers = (
        response["error"],
        response.status_code,
        response.data,
        response.headers,
    )
    assert found.error == error
