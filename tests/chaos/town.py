"""Town: the whole of regclean with a Slack workspace, people who ask and approve, and the trouble they live through."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import httpx

from cli.supervisor import Program, end, start
from demo.parts.images import Layer, image
from demo.parts.processes import free_port, wait_until
from demo.parts.remote import Remote
from demo.workspace import Person, Seen
from demo.workspace.content import REGISTRY_CLEAN
from demo.workspace.settings import Rates
from demo.world import World, WorldSettings, world
from tests.bench import Bench, config
from tests.chaos import socket_line
from tests.chaos.balancer import Balancer
from tests.chaos.line import Line
from tests.chaos.replicas import replicas, running
from tests.chaos.scene import Scene
from tests.chaos.town_strikes import Strikes
from tests.crew import children_of, part_name
from tests.watched_redis import WatchedRedis
from workers.core.approval import KeyRing
from workers.core.errors import RegcleanError
from workers.core.request import Request, State
from workers.store.connection import Patience

IMAGES: Final = 12
_LOOPBACK: Final = "127.0.0.1"
_TRIES: Final = 12
_WAKING: Final = 6.0
_SEEN_WITHIN: Final = 60.0
_ENDED_WITHIN: Final = 150.0
_LOOKING: Final = Patience(timeout=2, retries=1, cap=0.1)


@dataclass(slots=True)
class Town:
    """`over`: when the trouble ended, by the wall clock."""

    whole: World
    random: Random
    bench: Bench
    scene: Scene
    strikes: Strikes
    line: Line
    """What the bot's socket goes over, where the scene says so."""
    watched: WatchedRedis | None = None
    asked: str = ""
    """The request that was approved; another command may have been taken late, too."""
    over: float = 0.0
    woken: float = 0.0
    """When somebody went on who had been stopped from outside, by the wall clock."""
    shown_after: float | None = None
    """Seconds from the end of the trouble until nothing was behind any more."""
    typed: int = 0
    taken: int = 0
    """Commands in all, and those a card came of; one that Slackbot called failed may have been taken all the same."""
    waiting: list[threading.Thread] = field(default_factory=list)
    """Troubles that still go on."""
    _more: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def rita(self) -> Person:
        return self.whole.workspace.rita

    @property
    def ada(self) -> Person:
        return self.whole.workspace.ada

    # People: they do again what Slack told them did not work

    def ask(self, command: str) -> Seen:
        """The card that waits for a decision."""
        for _ in range(_TRIES):
            refused = len(self.rita.notes)
            self.typed += 1
            self.rita.types(command)
            # Slackbot says so when a command got no answer in time.
            self.until(lambda refused=refused: self._waiting() or len(self.rita.notes) > refused, _SEEN_WITHIN)  # type: ignore[misc]
            if found := self._waiting():
                self.taken += 1
                return found[-1]
            time.sleep(2)  # as people do
        raise TimeoutError(f"no card for {command}: {self.rita.notes}")

    def _waiting(self) -> list[Seen]:
        return [card for card in self.cards() if "Approve" in card.buttons]

    def approve(self, card: Seen) -> None:
        self.until(lambda: self._note(card), _SEEN_WITHIN)
        for _ in range(20):
            with suppress(LookupError):  # the button is gone: somebody's click came through
                answer = self.ada.clicks(self.ada.again(card), "Approve")
                if answer["ok"] and self.until(lambda: self.request.state is not State.PENDING, 10):
                    return
            if self.request.state is not State.PENDING:
                return
            time.sleep(1)

    def _note(self, card: Seen) -> bool:
        """Find out which request a card is of, as soon as that was written down."""
        store = self.bench.store
        of_card = (each for each in store.ledger.recent_ids(50) if store.cards.load(each).ts == card.ts)
        self.asked = next(of_card, "")
        return bool(self.asked)

    # What is seen

    def cards(self) -> list[Seen]:
        """The app's messages in the channel that everybody sees."""
        return [each for each in self.rita.sees(REGISTRY_CLEAN) if each.bot and not each.is_ephemeral]

    @property
    def request(self) -> Request:
        ledger = self.bench.store.ledger
        return ledger.load(self.asked or ledger.recent_ids(1)[0])

    def until(self, holds: Callable[[], object], seconds: float) -> bool:
        def look() -> bool:
            with suppress(RegcleanError, IndexError):
                return bool(holds())
            return False

        return wait_until(look, seconds=seconds, pause=0.1)

    def until_ended(self) -> bool:
        return self.until(lambda: self.request.state.is_final, _ENDED_WITHIN)

    def until_shown(self) -> bool:
        """Until nothing is behind."""
        came = self._is_shown()
        self.shown_after = round(time.time() - self.over, 1) if self.over else None
        # Who was stopped and is awake again, perhaps after the end, must not spoil anything.
        time.sleep(max(0.0, max(self.woken, self.strikes.woken) + _WAKING - time.time()))
        return came and self._is_shown()

    def _is_shown(self) -> bool:
        return self.until(lambda: not self.bench.store.cards.behind(), _SEEN_WITHIN)

    # Processes

    def parts(self) -> dict[str, int]:
        first = {name: pid for pid in children_of(self.whole.regclean.pid) if (name := part_name(pid))}
        return first | dict(running(self.scene.two, self.whole.environment["REGCLEAN_CONFIG"]))

    def kill(self, name: str) -> None:
        """SIGKILL to a part, if it runs just now."""
        if pid := self.parts().get(name):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def restart(self) -> None:
        """Stop all of it in good order and start it again."""
        end(self.whole.regclean)
        words = self.whole.regclean.args
        assert isinstance(words, list)
        again = start(Program(name="regclean", arguments=words, environment=self.whole.environment))
        self._more.append(again)
        object.__setattr__(self.whole, "regclean", again)

    def close(self) -> None:
        for each in self._more:
            end(each)


@contextmanager
def town(seed: str, folder: Path, scene: Scene) -> Iterator[Town]:
    """All of it, with a dozen images to remove; version, and mode where the scene has none, are drawn from the seed."""
    random = Random(seed)
    mode, version = random.choice(["socket", "http"]), random.choice(["2.8.2", "3.1.1"])
    strikes, port = Strikes(folder, scene.strikes), free_port(_LOOPBACK)
    with ExitStack() as up:
        line = up.enter_context(Line(_LOOPBACK, port))
        watched = up.enter_context(WatchedRedis(folder / "watched")) if scene.watched else None
        redis = f"{watched.url}?replicas=1" if watched else f"unix://{folder}/data/redis.sock"
        environment = {
            **strikes.environment(seed),
            **({"REDIS_URL": redis} if watched else {}),
            **({socket_line.VARIABLE: line.host} if scene.line else {}),
        }
        settings = WorldSettings(
            mode=scene.mode or mode,
            version=version,
            port=port if scene.line else 0,
            rates=Rates(post_burst=20),
            environment=environment,
        )
        whole = up.enter_context(world(folder, settings))
        _push(whole)
        known = config({"name": "sample", "url": whole.sample.url, "plain_http": True})
        ring = KeyRing(((folder / "data" / "signing.key").read_bytes().strip(),))
        bench = Bench(known, redis, patience=_LOOKING, ring=ring)
        it = Town(whole, random, bench, scene, strikes, line, watched)
        it.waiting.append(strikes.waiting())
        up.callback(it.close)
        if scene.two:
            _double(it, up)
        yield it


def _push(whole: World) -> None:
    with Remote(whole.sample.url) as remote:
        for number in range(IMAGES):
            remote.push("load/app", f"1.{number}", image(Layer(f"app {number}", 300)))


def _double(it: Town, up: ExitStack) -> None:
    """Start the second ones, and share what Slack sends between both bots."""
    whole, port = it.whole, free_port(_LOOPBACK)
    data = whole.folder / "data"
    own = {
        "REDIS_URL": f"unix://{data}/redis.sock",
        "REGCLEAN_SIGNING_KEY": (data / "signing.key").read_text().strip(),
        "PORT": str(port),
    }
    up.enter_context(replicas(it.scene.two, {**whole.environment, **own}))
    if "bot" not in it.scene.two:
        return
    if not whole.workspace.request_url():
        whole.workspace.wait_connected(2, seconds=_SEEN_WITHIN)
        return
    balancer = up.enter_context(Balancer([int(whole.environment["PORT"]), port]))
    assert wait_until(lambda: _is_ready(port), seconds=_SEEN_WITHIN, pause=0.1)
    whole.workspace.set_request_url(f"http://{balancer.host}/slack/events")


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False
