"""Socket line: the bot's socket to Slack goes over a line whose weather the test makes; the Web API does not."""

from urllib.parse import urlsplit

VARIABLE = "CHAOS_SOCKET"


def divert(host: str) -> None:
    """In the bot's own process: connect to this host instead of the one that Slack names."""
    from bot.app.socket_mode import SlackSocket

    ask = SlackSocket.issue_new_wss_url

    async def issue_new_wss_url(socket: SlackSocket) -> str:
        return urlsplit(await ask(socket))._replace(netloc=host).geturl()

    setattr(SlackSocket, "issue_new_wss_url", issue_new_wss_url)  # noqa: B010 - production code has no hook for it
