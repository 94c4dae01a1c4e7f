"""A crowd: many people who type commands at a given rate, whether or not the ones before were answered."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from demo.workspace import Driver
from demo.workspace.content import REGISTRY_CLEAN
from demo.workspace.person import Person

# What people type, and how often; of a hundred commands. `ls` is answered twice: at once, and with the list.
MIX: Final = {
    "/regclean status": 40,
    "/regclean help": 20,
    "/regclean rm sample/app": 15,
    "/regclean status r-00000000": 13,
    "/regclean ls sample": 10,
    "/regclean rm sample/library/busybox:1.36.1 --reason load": 2,
}
BUSY: Final = "busy with other commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """So many commands a second, for so many seconds."""

    rate: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """One command: who typed what, the seconds until its ack, and what went wrong in Slack's words; or empty."""

    person: str
    text: str
    seconds: float
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Answers: how often “busy” was said, and how many lists were promised, and came."""

    busy: int
    promised: int
    lists: int


@dataclass(slots=True)
class Crowd:
    """`seed` makes the same crowd again."""

    workspace: Driver
    people: Sequence[Person]
    seed: int = 0
    _rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)

    async def types(self, phase: Phase) -> list[Typed]:
        """Type for one phase, and wait for the acks."""
        began, number = time.perf_counter(), int(phase.rate * phase.seconds)
        texts = self._rng.choices(list(MIX), weights=list(MIX.values()), k=number)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            tasks = []
            for place, text in enumerate(texts):
                await asyncio.sleep(max(0.0, began + place / phase.rate - time.perf_counter()))
                tasks.append(asyncio.create_task(self._type(session, self._rng.choice(self.people), text)))
            return list(await asyncio.gather(*tasks))

    async def _type(self, session: aiohttp.ClientSession, person: Person, text: str) -> Typed:
        began = time.perf_counter()
        body = {"user": person.id, "channel": REGISTRY_CLEAN, "text": text, "with_ts": True}
        async with session.post(f"{self.workspace.url}/_/command", json=body) as response:
            answer = await response.json()
        taken = time.perf_counter() - began
        error = str(answer.get("error", "")) or ("" if answer.get("ts") else "no answer")
        return Typed(person=person.id, text=text, seconds=taken, error=error)

    def seen(self) -> Seen:
        """Everything that was said to somebody of the crowd."""
        said = [each.plain for person in self.people for each in person.sees() if each.is_ephemeral]
        return Seen(
            busy=sum(BUSY in each for each in said),
            promised=sum(each.startswith("Looking at ") for each in said),
            lists=sum(" · page 1 of " in each for each in said),
        )
