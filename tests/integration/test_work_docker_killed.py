"""Workers killed at each named point of collecting a registry in a container: it comes back, whole, and all is told.

`make test` runs a few of them; `DOCKER_KILLS=20 pytest -m long` on this file runs each point twenty times.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import pytest

from demo.parts.binaries import NEW_REGISTRY, OLD_REGISTRY
from demo.parts.engine import DOCKER, PODMAN
from tests.conftest import GetEngine
from tests.integration.docker_kills import EXEC, POINTS, STOP, Kill, Victim
from tests.integration.docker_survival import Survived, survive

pytestmark = [pytest.mark.registry, pytest.mark.timeout(400)]
TIMES: Final = int(os.environ.get("DOCKER_KILLS", "3"))
AT_ONCE: Final = 5
"""Most of the time they wait: for a lock to run out, or for the sweeper's next round."""
PLACES: Final = (
    (DOCKER, STOP, OLD_REGISTRY),
    (DOCKER, STOP, NEW_REGISTRY),
    (DOCKER, EXEC, OLD_REGISTRY),
    (DOCKER, EXEC, NEW_REGISTRY),
    (PODMAN, STOP, OLD_REGISTRY),
)


def short(place: int, point: str, victim: Victim) -> Kill:
    engine, mode, version = PLACES[place]
    return Kill(engine=engine, mode=mode, version=version, point=point, victim=victim)


SHORT: Final = (
    short(0, "while the collector's container runs", Victim.WORKER),
    short(0, "writable, fence still written down", Victim.HORSE),
    short(1, "collector's container noted, not begun", Victim.HORSE),
    short(1, "container collected", Victim.ELSEWHERE),
    short(2, "while the collector runs inside the container", Victim.WORKER),
    short(3, "collector noted, not begun", Victim.HORSE),
    short(3, "before unfence", Victim.WORKER),
    short(4, "collector's container begun", Victim.WORKER),
)
LONG: Final = tuple(
    Kill(
        engine=engine, mode=mode, version=version, point=point, victim=victims[(number + attempt) % 3], attempt=attempt
    )
    for victims in [tuple(Victim)]
    for attempt in range(TIMES)
    for engine, mode, version in PLACES
    for number, point in enumerate(POINTS[mode])
)


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest,
    get_engine: GetEngine,
    tmp_path_factory: pytest.TempPathFactory,
    redis_server: object,
) -> Iterator[dict[Kill, Future[Survived]]]:
    """All that were chosen, some at a time; each test waits for its own."""
    chosen = [item.callspec.params["kill"] for item in request.session.items if _is_here(item)]  # type: ignore[attr-defined]
    engines = {name: get_engine(name) for name in {kill.engine for kill in chosen}}
    folder = tmp_path_factory.mktemp("kills")
    pool = ThreadPoolExecutor(AT_ONCE, "kill")
    try:
        yield {
            kill: pool.submit(survive, kill, engines[kill.engine], folder / str(number))
            for number, kill in enumerate(chosen)
        }
    finally:
        pool.shutdown(cancel_futures=True)


def _is_here(item: pytest.Item) -> bool:
    return item.path.name == "test_work_docker_killed.py"


@pytest.mark.parametrize("kill", SHORT, ids=str)
def test_a_killed_worker_leaves_a_registry_that_comes_back_and_a_card_that_is_true(
    request: pytest.FixtureRequest, runs: dict[Kill, Future[Survived]], kill: Kill
) -> None:
    check(runs[kill].result(), request.node)


@pytest.mark.long
@pytest.mark.parametrize("kill", LONG, ids=str)
def test_it_comes_back_every_time(
    request: pytest.FixtureRequest, runs: dict[Kill, Future[Survived]], kill: Kill
) -> None:
    check(runs[kill].result(), request.node)


def check(survived: Survived, item: pytest.Item) -> None:
    """What a run took stands in its report, where somebody has one made."""
    item.user_properties += [("seconds", survived.seconds), ("still", survived.still), ("story", survived.story)]
    assert not survived.violations, "\n".join(survived.violations)
