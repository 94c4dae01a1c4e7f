"""TOWN_FAULTS: what befalls all of regclean together with Slack, by name."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.chaos.town import Town

Deed = Callable[[Town], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TownFault:
    """`early` is done before anybody asks, `act` once the request was approved."""

    act: Deed | None = None
    early: Deed | None = None
    collect: bool = False


def kills(*names: str, times: int = 3) -> Deed:
    """SIGKILL to these parts again and again, at random moments."""

    def act(town: Town) -> None:
        for _ in range(times):
            time.sleep(town.random.uniform(0.0, 1.5))
            town.kill(town.random.choice(names))

    return act


def in_background(deed: Deed) -> Deed:
    """Begin the deed, and let people go on meanwhile; they wait for its end before they look."""

    def act(town: Town) -> None:
        thread = threading.Thread(target=deed, args=(town,), daemon=True)
        thread.start()
        town.waiting.append(thread)

    return act


def slack_away(seconds: float) -> Deed:
    def act(town: Town) -> None:
        town.whole.workspace.accept(on=False)
        town.whole.workspace.drop_sockets()
        time.sleep(seconds)
        town.whole.workspace.accept(on=True)

    return act


def trouble(method: str, seconds: float, **fault: str | float | bool) -> Deed:
    """Calls of a Web API method go wrong for some time."""

    def act(town: Town) -> None:
        town.whole.workspace.trouble(method, seconds=seconds, **fault)
        time.sleep(seconds)

    return act


def loses_answers(town: Town) -> None:
    """The next posts are made, and nobody is told."""
    town.whole.workspace.trouble("chat.postMessage", drop=True, after=True, calls=3)
    town.whole.workspace.trouble("chat.update", drop=True, after=True, calls=2)


def twice(town: Town) -> None:
    town.whole.workspace.deliver_twice(on=True)


def sockets_dropped(town: Town) -> None:
    for _ in range(4):
        town.whole.workspace.drop_sockets()
        time.sleep(0.7)


_ANY: Final = ("bot", "replies", "worker lookup", "worker clean", "worker gc", "sweep", "redis")

TOWN_FAULTS: Final[Mapping[str, TownFault]] = {
    "town: nothing": TownFault(),
    "town: nothing, collecting": TownFault(collect=True),
    "town: bot killed while people ask": TownFault(early=in_background(kills("bot", times=4))),
    "town: bot killed after the approval": TownFault(act=kills("bot")),
    "town: replies killed": TownFault(early=in_background(kills("replies", times=4)), act=kills("replies")),
    "town: sweeper killed": TownFault(act=kills("sweep")),
    "town: workers killed": TownFault(act=kills("worker lookup", "worker clean")),
    "town: Redis killed": TownFault(act=kills("redis")),
    "town: anything killed": TownFault(early=in_background(kills(*_ANY, times=4)), act=kills(*_ANY, times=5)),
    "town: anything killed, collecting": TownFault(act=kills(*_ANY, times=5), collect=True),
    "town: all stopped and started again": TownFault(act=lambda town: town.restart()),
    "town: Slack away for 20 s": TownFault(act=slack_away(20)),
    "town: Slack slow": TownFault(act=trouble("*", 15, delay=2.0)),
    "town: Slack answers 429": TownFault(act=trouble("*", 12, retry_after=3)),
    "town: Slack answers 429 to edits": TownFault(act=trouble("chat.update", 12, retry_after=2)),
    "town: Slack answers 500": TownFault(act=trouble("*", 12, status=500)),
    "town: Slack loses answers": TownFault(early=loses_answers, act=loses_answers),
    "town: Slack loses answers and replies are killed": TownFault(early=loses_answers, act=kills("replies", times=4)),
    "town: every payload twice": TownFault(early=twice),
    "town: every payload twice and the bot killed": TownFault(early=twice, act=kills("bot")),
    "town: sockets dropped": TownFault(early=in_background(sockets_dropped), act=sockets_dropped),
}
