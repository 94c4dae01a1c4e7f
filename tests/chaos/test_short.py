"""The short form of the fault bench: a few kinds of trouble, several at a time; `make test-long` runs them all."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import pytest

from tests.chaos.running import Result, run

SHORT: Final = (
    "gc worker killed: during collect",
    "gc worker killed: writable, fence still written down",
    "gc horse killed: fence written down",
    "gc horse killed: before unfence",
    "gc worker told to stop",
    "anything killed at random",
    "worker killed just after dequeue",
    "worker killed: between record and reply",
    "horse killed: between delete and record",
    "horse killed: in the middle of a transaction",
    "horse killed: between PUT of the placeholder and its DELETE",
    "Redis killed",
    "line to the registry silent for 15 s",
    "registry: 500 after having deleted",
    "registry: wrong manifests",
    "cancelled",
    "tags moved meanwhile",
    "another removal at the same time",
)
AT_ONCE: Final = 5


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, redis_server: object
) -> Iterator[dict[str, Future[Result]]]:
    """All that were chosen, begun at once; each test waits for its own."""
    chosen = [item.callspec.params["name"] for item in request.session.items if _is_here(item)]  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("chaos")
    with ThreadPoolExecutor(AT_ONCE, "run") as pool:
        yield {name: pool.submit(run, name, 1, folder) for name in chosen}


def _is_here(item: pytest.Item) -> bool:
    return item.path.name == "test_short.py" and hasattr(item, "callspec")


@pytest.mark.registry
@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", SHORT)
def test_whatever_happens_everything_is_as_it_must_be(runs: dict[str, Future[Result]], name: str) -> None:
    result = runs[name].result()
    assert not result.violations, "\n".join(result.violations)
