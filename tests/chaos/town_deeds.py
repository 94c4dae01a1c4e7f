"""Town deeds: what can be done to all of regclean, and to the Slack that it talks to."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from demo.parts.processes import wait_until
from tests.chaos.line import Weather
from tests.chaos.town import Town

Deed = Callable[[Town], None]
LONGER_THAN_A_LOCK: Final = 40.0
"""Seconds; that of `replies` on a card lives 30 s, one on a registry less."""
_CONNECTED_WITHIN: Final = 60.0


def kills(*names: str, times: int = 3) -> Deed:
    """SIGKILL to these parts again and again, at random moments."""

    def act(town: Town) -> None:
        for _ in range(times):
            time.sleep(town.random.uniform(0.0, 1.5))
            town.kill(town.random.choice(names))

    return act


def sleeps(*names: str, seconds: float = LONGER_THAN_A_LOCK) -> Deed:
    """SIGSTOP to these parts at a random moment, all together, and SIGCONT when every lock of theirs has run out."""

    def act(town: Town) -> None:
        time.sleep(town.random.uniform(0.0, 1.5))
        pids = [pid for name, pid in town.parts().items() if name in names]
        _send(pids, signal.SIGSTOP)
        time.sleep(seconds)
        _send(pids, signal.SIGCONT)
        town.woken = time.time()

    return act


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


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


def socket_silent(town: Town) -> None:
    """The bot's connection is half-open, and so is each new one for a while; then the bot must come again by itself."""
    workspace = town.whole.workspace
    before = workspace.sockets()
    town.line.becomes(Weather.SILENT)
    until = time.monotonic() + town.random.uniform(5.0, 20.0)
    said = len(town.rita.notes)
    town.rita.types("/regclean status")
    assert len(town.rita.notes) > said  # nobody heard it
    time.sleep(max(0.0, until - time.monotonic()))
    silent = workspace.sockets()
    town.line.becomes(Weather.CLEAR)
    workspace.wait_connected(max(before, silent) + 1, seconds=_CONNECTED_WITHIN)


def redis_dies(town: Town) -> None:
    """The primary, as soon as the first of what was built in has struck; the sentinels choose another one."""
    assert town.watched
    if wait_until(town.strikes.fuse(0).exists, seconds=60, pause=0.05):
        town.watched.primary.kill()
