"""Which addresses are Slack's."""

import pytest

from bot.slack.access import Access
from workers.config import Secret

SLACK = Access(token=Secret("xoxb-1"), api_url="https://slack.com/api/")
STAND_IN = Access(token=Secret("xoxb-1"), api_url="http://127.0.0.1:8080/api/")


@pytest.mark.parametrize(
    "url", ["https://hooks.slack.com/commands/T0/1/a", "https://hooks.slack-gov.com/actions/T0", "https://slack.com/x"]
)
def test_slack_answers_there(url: str) -> None:
    assert SLACK.is_slack(url)


def test_a_stand_in_is_what_the_api_is_reached_at() -> None:
    assert STAND_IN.is_slack("http://127.0.0.1:8080/response/1")
    assert not STAND_IN.is_slack("http://127.0.0.1:8081/response/1")
    assert not SLACK.is_slack("http://127.0.0.1:8080/response/1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "https://[",
        "http://hooks.slack.com/commands",
        "https://hooks.slack.com.example.org/",
        "https://evilslack.com/",
        "https://hooks.slack.com@example.org/",
        "https://example.org/?https://hooks.slack.com/",
        "file:///etc/passwd",
    ],
)
def test_nobody_else_is_slack(url: str) -> None:
    assert not SLACK.is_slack(url)
