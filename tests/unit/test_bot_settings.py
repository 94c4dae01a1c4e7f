"""The bot's environment: read once, and every mistake told together."""

from pathlib import Path

import pytest

from bot.settings import SLACK_API, BadSettings, BotSettings

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "REDIS_URL": "redis://:hidden@localhost:6379/0",
    "REGCLEAN_SIGNING_KEY": "k" * 32,
}


def mistakes(**changes: str) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as caught:
        BotSettings.read({**GOOD, **changes})
    assert caught.value.sentence == "\n".join(caught.value.mistakes)
    return caught.value.mistakes


def test_socket_mode_needs_no_signing_secret() -> None:
    settings = BotSettings.read(GOOD)
    assert settings.uses_sockets
    assert settings.signing_secret is None
    assert (settings.api_url, settings.host, settings.port) == (SLACK_API, "0.0.0.0", 3000)


def test_without_an_app_token_it_is_http() -> None:
    environ = {**GOOD, "SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "s", "PORT": "0", "REGCLEAN_HOST": "127.0.0.1"}
    settings = BotSettings.read({**environ, "SLACK_API_URL": "http://127.0.0.1:1/api"})
    assert not settings.uses_sockets
    assert settings.signing_secret
    assert (settings.api_url, settings.host, settings.port) == ("http://127.0.0.1:1/api/", "127.0.0.1", 0)


def test_secrets_come_from_files_too(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("xoxb-2\n")
    environ = {name: value for name, value in GOOD.items() if name != "SLACK_BOT_TOKEN"}
    settings = BotSettings.read({**environ, "SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")})
    assert settings.bot_token.reveal() == "xoxb-2"


def test_nothing_secret_is_printed() -> None:
    printed = repr(BotSettings.read(GOOD))
    for secret in ("xoxb-1", "xapp-1", "hidden", "kkkk"):
        assert secret not in printed


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadSettings) as caught:
        BotSettings.read({})
    named = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "REDIS_URL", "REGCLEAN_SIGNING_KEY")
    assert sorted(name for name in named for told in caught.value.mistakes if told.startswith(name)) == sorted(named)
    assert all(told.endswith(".") for told in caught.value.mistakes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SLACK_BOT_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN is not a token of the right kind; it begins with xoxb-."),
        ({"SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN is not a token of the right kind; it begins with xapp-."),
        (
            {"REDIS_URL": "localhost:6379"},
            "REDIS_URL begins with none of redis://, rediss://, unix://, redis+sentinel:// and rediss+sentinel://.",
        ),
        ({"PORT": "http"}, "PORT is “http”; write a number from 0 to 65535, where 0 takes any free port."),
        ({"PORT": "65536"}, "PORT is “65536”; write a number from 0 to 65535, where 0 takes any free port."),
        ({"SLACK_API_URL": "slack.com"}, "SLACK_API_URL is not a web address; leave it out to use Slack itself."),
        (
            {"SLACK_BOT_TOKEN_FILE": "/nowhere"},
            "Both SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are set; keep one of them.",
        ),
    ],
)
def test_mistakes(changes: dict[str, str], sentence: str) -> None:
    assert mistakes(**changes) == (sentence,)
