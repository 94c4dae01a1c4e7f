"""Small phrases, and what a person reads of an error."""

from datetime import timedelta

import pytest

from bot.slack.access import Access
from bot.wording import age, count, enumerated, near, told
from tests.samples import NOW
from workers.config import Secret
from workers.core.errors import BadName, Unavailable, WrongState


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (BadName("Write app:TAG."), "Write app:TAG."),
        (WrongState(), "The request is no longer in the state this needs."),
        (
            Unavailable("Redis did not take it in time; try again in a moment."),
            "Not taken: Redis did not take it in time; try again in a moment.",
        ),
        (Unavailable(), "Not taken: a part regclean needs does not answer; try again."),
    ],
)
def test_expected_errors_are_their_sentence(error: Exception, expected: str) -> None:
    assert told(error, "i-1") == expected


def test_unexpected_errors_are_an_incident_and_give_nothing_away() -> None:
    sentence = told(KeyError("xoxb-secret"), "c0ffee")
    assert "incident c0ffee" in sentence
    assert "xoxb" not in sentence


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [(1, "tag", "1 tag"), (0, "tag", "0 tags"), (1204, "repository", "1,204 repositories"), (2, "day", "2 days")],
)
def test_counts(number: int, noun: str, expected: str) -> None:
    assert count(number, noun) == expected


@pytest.mark.parametrize(
    ("items", "expected"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_lists(items: list[str], expected: str) -> None:
    assert enumerated(items) == expected
    assert enumerated(items, "or") == expected.replace(" and ", " or ")


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=12), "12 min"),
        (timedelta(hours=23), "23 h"),
        (timedelta(days=3), "3 d"),
        (timedelta(days=160), "5 mo"),
        (timedelta(days=800), "2 y"),
        (timedelta(days=-1), "now"),
    ],
)
def test_ages(since: timedelta, expected: str) -> None:
    assert age(NOW - since, NOW) == expected


def test_near_matches() -> None:
    assert near("statsu", ["status", "cancel"]) == "status"
    assert near("xyz", ["status", "cancel"]) is None


@pytest.mark.parametrize(
    ("url", "proxied"),
    [
        ("https://slack.com/api/", True),
        ("https://hooks.internal/x", False),
        ("wss://wss.internal/link", False),
        ("http://10.1.2.3:8080/api/", False),
    ],
)
def test_the_proxy_is_the_configured_one(url: str, proxied: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://wrong.example.com:1")
    access = Access(
        token=Secret("x"),
        api_url="https://slack.com/api/",
        proxy="http://proxy.example.com:3128",
        no_proxy=(".internal", "10.0.0.0/8"),
    )
    assert access.proxy_for(url) == ("http://proxy.example.com:3128" if proxied else None)
