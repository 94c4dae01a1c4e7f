"""The bot at work between a workspace and Redis, over each of the ways by which Slack reaches it."""

from collections.abc import Iterator

import pytest

from tests.office import Office, office


@pytest.fixture(params=["socket", "http"])
def both_ways(request: pytest.FixtureRequest, redis_url: str) -> Iterator[Office]:
    """The office with Socket Mode, and with HTTP."""
    with office(redis_url, mode=request.param) as running:
        yield running


@pytest.fixture
def at_office(redis_url: str) -> Iterator[Office]:
    """The office with Socket Mode."""
    with office(redis_url) as running:
        yield running
