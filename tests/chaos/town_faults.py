"""TOWN_FAULTS: what befalls all of regclean together with Slack, by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.chaos.fault import Strike
from tests.chaos.scene import Scene
from tests.chaos.town_deeds import (
    LONGER_THAN_A_LOCK,
    Deed,
    in_background,
    kills,
    loses_answers,
    redis_dies,
    slack_away,
    sleeps,
    socket_silent,
    sockets_dropped,
    trouble,
    twice,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TownFault:
    """`early` is done before anybody asks, `waits` once the card is there, `act` once the request was approved."""

    act: Deed | None = None
    early: Deed | None = None
    waits: Deed | None = None
    collect: bool = False
    scene: Scene = field(default_factory=Scene)


_ANY: Final = ("bot", "replies", "worker lookup", "worker clean", "worker gc", "sweep", "redis")

_ONE: Final = {
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
_TWO: Final = ("bot", "replies")
_FOUR: Final = ("bot", "bot 2", "replies", "replies 2")


def _killed_in(mode: str) -> TownFault:
    scene = Scene(mode=mode, two=_TWO)
    return TownFault(scene=scene, early=in_background(kills(*_FOUR, times=6)), act=kills(*_FOUR, times=4))


_REPLICAS: Final = {
    "town: two of each, nothing": TownFault(scene=Scene(two=_TWO)),
    "town: two of each over sockets, killed": _killed_in("socket"),
    "town: two of each over HTTP, killed": _killed_in("http"),
    "town: two of each, every payload twice, anything killed": TownFault(
        scene=Scene(two=_TWO), early=twice, act=kills(*_ANY, "bot 2", "replies 2", times=5)
    ),
}


def _stopped(point: str, of: str, *two: str, nth: int = 1) -> TownFault:
    strike = Strike(point=point, of=of, deed="stop", nth=nth, seconds=LONGER_THAN_A_LOCK)
    return TownFault(scene=Scene(two=two, strikes=(strike,)))


_STOPPED: Final = {
    "town: bot stopped while people ask": TownFault(early=in_background(sleeps("bot"))),
    "town: bot stopped after the approval": TownFault(act=sleeps("bot")),
    "town: one bot of two stopped": TownFault(scene=Scene(two=_TWO), early=in_background(sleeps("bot 2"))),
    "town: replies stopped": TownFault(early=in_background(sleeps("replies")), act=sleeps("replies")),
    "town: one of two replies stopped": TownFault(scene=Scene(two=_TWO), act=sleeps("replies")),
    "town: lookup worker stopped": TownFault(early=in_background(sleeps("worker lookup"))),
    "town: lookup worker stopped: planned, not saved": _stopped("planned, not saved", "worker lookup"),
    **{
        f"town: one of two replies stopped: {point}": _stopped(point, "replies", *_TWO, nth=nth)
        for point, nth in (
            ("posted, not written down", 1),
            ("thread posted, not written down", 2),
            ("edited, not written down", 1),
        )
    },
}


def _killed(point: str, of: str, nth: int = 1) -> TownFault:
    return TownFault(scene=Scene(strikes=(Strike(point=point, of=of, nth=nth),)))


_OF_BOT: Final = (
    "command arrived, not saved",
    "command saved, before the ack",
    "click arrived, not saved",
    "click saved, not answered",
)
_OF_REPLIES: Final = {
    "about to post": 1,
    "posted, not written down": 1,
    "edited, not written down": 1,
    "thread posted, not written down": 2,
    "between two entries of a thread": 2,
    "asker told, not written down": 2,
}
_KILLED: Final = {
    **{f"town: bot killed: {point}": _killed(point, "bot") for point in _OF_BOT},
    **{f"town: replies killed: {point}": _killed(point, "replies", nth) for point, nth in _OF_REPLIES.items()},
}

_LINE: Final = Scene(mode="socket", line=True)
_SILENT: Final = {
    "town: socket silent before anybody asks": TownFault(scene=_LINE, early=socket_silent),
    "town: socket silent while the card waits": TownFault(scene=_LINE, waits=socket_silent),
}


def _watched(point: str, of: str, nth: int = 1) -> Scene:
    """Whoever works stands still for a moment, so that the failover comes in the middle of it."""
    return Scene(watched=True, strikes=(Strike(point=point, of=of, deed="stop", nth=nth, seconds=3),))


_WATCHED: Final = {
    "town: primary of Redis killed during a removal": TownFault(
        scene=_watched("between delete and record", "worker clean", nth=8), act=redis_dies
    ),
    "town: primary of Redis killed during a collection": TownFault(
        scene=_watched("dry run inside the fence done", "worker gc"), act=redis_dies, collect=True
    ),
    "town: primary of Redis killed while the collector runs": TownFault(
        scene=_watched("during collect", "worker gc"), act=redis_dies, collect=True
    ),
}


TOWN_FAULTS: Final[Mapping[str, TownFault]] = {
    **_ONE,
    **_REPLICAS,
    **_STOPPED,
    **_KILLED,
    **_SILENT,
    **_WATCHED,
}
