"""One call of a Web API method, and what the table of methods says of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from demo.workspace.arguments import Arguments
from demo.workspace.records import Json
from demo.workspace.state import Workspace

Caller = Literal["bot", "app", "anyone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    workspace: Workspace
    arguments: Arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """`scope` is what the token needs; where it depends on the channel the handler checks it, and here it is empty.

    `caller` is whose token it takes; `tier` is Slack's rate limit tier, 1 to 4, or 0 for rules of its own.
    """

    handle: Callable[[Call], Json]
    tier: int
    scope: str = ""
    caller: Caller = "bot"
