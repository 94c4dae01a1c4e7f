"""What a process of the bot is told about the stand-in for Slack, which takes posts as fast as they come."""

from typing import Final

from demo.workspace import RunningWorkspace
from demo.workspace.settings import Rates

RATES: Final = Rates(posts_per_second=1e4, post_burst=10_000, per_minute=dict.fromkeys((1, 2, 3, 4), 1_000_000))


def environment(workspace: RunningWorkspace, mode: str = "socket") -> dict[str, str]:
    """`mode`: socket or http."""
    listening = {"SLACK_SIGNING_SECRET": workspace.signing_secret}
    if mode == "socket":
        listening = {"SLACK_APP_TOKEN": workspace.app_token}
    return {
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_API_URL": workspace.api_url,
        "REGCLEAN_HOST": "127.0.0.1",
        "PORT": "0",
        **listening,
    }
