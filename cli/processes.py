"""What each process does; its imports happen here, so that none loads, or even reads, what it does not need."""

import asyncio
import os
import signal
import threading
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from cli.announcing import Announcer, beating
from workers.core.errors import BadInput, Unavailable
from workers.store.connection import LISTENER, asking, connect
from workers.store.key_marks import BOT, SWEEP
from workers.store.meter import METER
from workers.store.starting import allows_volatile, check
from workers.store.tasks import CLEAN, GC, LOOKUP, REPLIES

_log = structlog.get_logger(__name__)
_FORKS: Final = {LOOKUP: False, CLEAN: True, GC: True}


def bot() -> None:
    """Answer Slack until told to stop."""
    from bot.app import serve  # noqa: PLC0415
    from bot.settings import BotSettings  # noqa: PLC0415
    from workers.config import from_environment  # noqa: PLC0415

    settings, config = BotSettings.read(os.environ), from_environment(os.environ)
    with closing(connect(settings.redis_url.reveal(), LISTENER)) as redis:
        announcer = Announcer.over(redis, BOT, settings.keys)
        with beating(announcer), METER.adding(redis):
            asyncio.run(serve(settings, config))


def worker(queue: str) -> None:
    """Work on one queue until told to stop; what its jobs need is imported before the first fork."""
    import workers.jobs  # noqa: F401, PLC0415
    from workers.ending import let_go  # noqa: PLC0415
    from workers.runtime import runtime  # noqa: PLC0415
    from workers.store.consumer import Hooks, consume  # noqa: PLC0415

    if queue not in _FORKS:
        raise BadInput(f"There is no queue “{queue}”; choose {', '.join(_FORKS)}.")
    opened = runtime()
    check(opened.store.redis, allow_volatile=allows_volatile(os.environ))
    announcer = Announcer.over(opened.store.redis, f"worker-{queue}", opened.store.keys)
    hooks = Hooks(on_heartbeat=partial(_beat, announcer), on_killed=partial(let_go, opened))
    with asking():
        consume(opened.store.queues, queue, fork=_FORKS[queue], hooks=hooks).work(logging_level=None)


def replies() -> None:
    """Post what there is to tell until told to stop."""
    from bot.replies import room, watching  # noqa: PLC0415
    from workers.store.consumer import Hooks, consume  # noqa: PLC0415

    store = room().store
    check(store.redis, allow_volatile=allows_volatile(os.environ))
    hooks = Hooks(on_heartbeat=partial(_beat, Announcer.over(store.redis, REPLIES, store.keys)))
    with asking(), watching(room()):
        consume(store.queues, REPLIES, fork=False, hooks=hooks).work(logging_level=None)


def sweep() -> None:
    """Mend what stands still, one sweeper at a time, until told to stop."""
    from cli.metrics import serving  # noqa: PLC0415
    from workers.exposition import Exposition  # noqa: PLC0415
    from workers.runtime import runtime  # noqa: PLC0415
    from workers.sweeper import TICK, Sweeper  # noqa: PLC0415
    from workers.watching import ChainWatch  # noqa: PLC0415

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    opened = runtime()
    check(opened.store.redis, allow_volatile=allows_volatile(os.environ))
    sweeper, watch = Sweeper(opened), ChainWatch(opened.store.ledger.chain)
    announcer = Announcer.over(opened.store.redis, SWEEP, opened.store.keys)
    exposition = Exposition(store=opened.store, config=opened.config, sweeper=sweeper, watch=watch)
    with METER.adding(opened.store.redis), serving(os.environ, exposition):
        while not stop.is_set():
            started = time.monotonic()
            try:
                with asking():
                    if sweeper.round():
                        watch.step()
            except Unavailable as error:
                _log.warning("sweep.cut_short", error=error.sentence)
            _beat(announcer)
            stop.wait(max(0.0, TICK - (time.monotonic() - started)))


def _beat(announcer: Announcer) -> None:
    """What a process does each time that it shows that it lives."""
    _touch()
    announcer.beat()


def _touch() -> None:
    """Show a liveness probe that this process still turns, where it was given a file for that."""
    if path := os.environ.get("REGCLEAN_HEARTBEAT_FILE"):
        Path(path).touch()
