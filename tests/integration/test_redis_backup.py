"""What docs/redis.md says of backups: files copied while Redis works are a sound Redis of that moment."""

import shutil
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from redis import Redis

from demo.parts.redis import RedisProcess
from tests.integration.deeds import opened, together
from tests.samples import KEYS
from workers.core.audit import Event, Happened
from workers.store.connection import WORKER, connect
from workers.store.store import Store


def test_files_copied_under_load_restore_what_was_there(own_redis: RedisProcess, tmp_path: Path) -> None:
    told = 0

    def tell(seconds: float) -> None:
        nonlocal told
        with closing(connect(own_redis.url, WORKER)) as redis:
            store = Store.open(redis, KEYS)
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                store.ledger.tell("R-1", [Event.of(Happened.STEP)])
                told += 1

    def copy() -> int:
        time.sleep(1)
        with closing(Redis.from_url(own_redis.url)) as operator:
            operator.config_set("auto-aof-rewrite-percentage", 0)
            assert operator.info("persistence")["aof_rewrite_in_progress"] == 0
        before = told
        shutil.copytree(own_redis.folder / "appendonlydir", tmp_path / "restored" / "appendonlydir")
        return before

    with closing(connect(own_redis.url, WORKER)) as redis:
        opened(Store.open(redis, KEYS))
    deeds: list[Callable[[], int | None]] = [copy, partial(tell, 3.0)]
    before = together(deeds)[0]
    assert before
    with RedisProcess(tmp_path / "restored") as restored, closing(connect(restored.url, WORKER)) as redis:
        store = Store.open(redis, KEYS)
        assert before <= store.ledger.chain.verify() - 1 < told
        assert store.ledger.load("R-1").id == "R-1"
