"""Scene: what a town has beside one of each process: second replicas, Redis with sentinels, faults built in."""

from dataclasses import dataclass

from tests.chaos.fault import Strike


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`mode`: socket or http, drawn from the seed where it is empty. `two`: processes of which there are two.

    With `line` the bot's socket goes over one that can fall silent. `watched`: Redis has replicas and sentinels.
    `strikes` are built into whatever process they name, and each is done once.
    """

    mode: str = ""
    two: tuple[str, ...] = ()
    strikes: tuple[Strike, ...] = ()
    line: bool = False
    watched: bool = False
