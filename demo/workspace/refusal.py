"""The one way in which the Web API says no."""

from demo.workspace.records import Json


class Refusal(Exception):  # noqa: N818 - Slack refused; nothing went wrong
    """An answer of `{"ok": false, "error": code}`, with further fields of the answer in `more`."""

    def __init__(self, code: str, **more: object) -> None:
        super().__init__(code)
        self.code = code
        self.more = more

    def answer(self) -> Json:
        return {"ok": False, "error": self.code, **self.more}


def invalid_arguments(*problems: str) -> Refusal:
    """Slack's way to name what is wrong with an argument: a sentence each, prefixed and with a JSON pointer."""
    return Refusal("invalid_arguments", response_metadata={"messages": [f"[ERROR] {each}" for each in problems]})
