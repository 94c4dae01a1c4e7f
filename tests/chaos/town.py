"""Town: the whole of regclean with a Slack workspace, people who ask and approve, and the trouble they live through."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from cli.supervisor import Program, end, start
from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.remote import Remote
from demo.workspace import Person, Seen
from demo.workspace.content import REGISTRY_CLEAN
from demo.workspace.settings import Rates
from demo.world import World, WorldSettings, world
from tests.bench import Bench, config
from tests.crew import children_of, part_name
from workers.core.approval import KeyRing
from workers.core.errors import RegcleanError
from workers.core.request import Request, State
from workers.store.connection import Patience

IMAGES: Final = 12
_SEEN_WITHIN: Final = 60.0
_ENDED_WITHIN: Final = 150.0
_LOOKING: Final = Patience(timeout=2, retries=1, cap=0.1)


@dataclass(slots=True)
class Town:
    """`over`: when the trouble ended, by the wall clock."""

    whole: World
    random: Random
    bench: Bench
    over: float = 0.0
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
        for _ in range(4):
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
        for _ in range(20):
            with suppress(LookupError):  # the button is gone: somebody's click came through
                answer = self.ada.clicks(self.ada.again(card), "Approve")
                if answer["ok"] and self.until(lambda: self.request.state is not State.PENDING, 10):
                    return
            if self.request.state is not State.PENDING:
                return
            time.sleep(1)

    # What is seen

    def cards(self) -> list[Seen]:
        """The app's messages in the channel that everybody sees."""
        return [each for each in self.rita.sees(REGISTRY_CLEAN) if each.bot and not each.is_ephemeral]

    @property
    def request(self) -> Request:
        ledger = self.bench.store.ledger
        return ledger.load(ledger.recent_ids(1)[0])

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
        came = self.until(lambda: not self.bench.store.cards.behind(), _SEEN_WITHIN)
        self.shown_after = round(time.time() - self.over, 1) if self.over else None
        return came

    # Processes

    def parts(self) -> dict[str, int]:
        return {name: pid for pid in children_of(self.whole.regclean.pid) if (name := part_name(pid))}

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
def town(seed: str, folder: Path) -> Iterator[Town]:
    """All of it, with a dozen images to remove; mode and version are drawn from the seed."""
    random = Random(seed)
    settings = WorldSettings(
        mode=random.choice(["socket", "http"]),
        version=random.choice(["2.8.2", "3.1.1"]),
        rates=Rates(post_burst=20),
    )
    with world(folder, settings) as whole:
        with Remote(whole.sample.url) as remote:
            for number in range(IMAGES):
                remote.push("load/app", f"1.{number}", image(Layer(f"app {number}", 300)))
        known = config({"name": "sample", "url": whole.sample.url, "plain_http": True})
        ring = KeyRing(((folder / "data" / "signing.key").read_bytes().strip(),))
        bench = Bench(known, f"unix://{folder}/data/redis.sock", patience=_LOOKING, ring=ring)
        it = Town(whole, random, bench)
        try:
            yield it
        finally:
            it.close()
