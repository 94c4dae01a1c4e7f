"""A Redis that lost what cards show is noticed: all work halts, people are told, and nothing goes on by itself."""

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot import replies
from bot.replies.anchoring import look, watching
from bot.slack.web import Mark
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from demo.workspace.content import ADA
from demo.workspace.settings import DEFAULT_SCOPES
from tests import sentences
from tests.bench import Bench, config, document, settings
from tests.crew import CLI, Crew, eventually
from tests.integration.deeds import opened, waiting
from tests.office import Office, office
from tests.samples import PLAN
from workers.core.audit import Event, Happened
from workers.core.request import State
from workers.store import keys
from workers.store.anchors import Anchor
from workers.store.store import Store, utc_now

NOWHERE = {"name": "prod", "url": "http://127.0.0.1:9", "plain_http": True}
GONE = "Redis does not hold audit entry"


def anchors(store: Store) -> list[Anchor]:
    return [Anchor.of(entry) for entry in store.ledger.chain.all()]


def test_a_chain_bears_out_what_was_shown_of_it(store: Store) -> None:
    assert store.anchors.unborne([]) is None
    waiting(store)
    shown = anchors(store)
    assert [anchor.sequence for anchor in shown] == [1, 2]
    assert all(anchor.is_whole for anchor in shown)
    assert store.anchors.unborne(shown) is None


def test_the_first_entry_that_is_missing_or_another_one_is_named(store: Store) -> None:
    waiting(store)
    first, second = anchors(store)
    beyond = Anchor(sequence=3, hash="0" * 16)
    other = Anchor(sequence=1, hash="0" * 16)
    assert store.anchors.unborne([second, beyond, first]) == beyond
    assert store.anchors.unborne([second, other]) == other


def test_the_highest_that_is_shown_is_remembered(store: Store) -> None:
    waiting(store)
    first, second = anchors(store)
    store.anchors.note(second)
    store.anchors.note(first)
    assert store.redis.hget(keys.ANCHOR, "sequence") == b"2"
    store.redis.xdel(keys.AUDIT, "2-0")
    assert store.anchors.unborne([]) == second


def test_a_halt_stands_until_it_is_lifted(store: Store) -> None:
    assert store.anchors.halted() is None
    halted = store.anchors.halt("Something is lost.", utc_now())
    assert store.anchors.halted() == halted
    store.anchors.was_told(halted)
    found = store.anchors.halted()
    assert found
    assert (found.why, found.told) == ("Something is lost.", True)
    store.anchors.lift()
    assert store.anchors.halted() is None


@contextmanager
def as_before(server: RedisProcess, copy: Path) -> Iterator[None]:
    """What the block writes is gone when it ends; a copy of it stays in `copy`."""
    server.stop()
    before = copy.with_suffix(".before")
    shutil.copytree(server.folder, before)
    server.restart()
    yield
    server.stop()
    shutil.copytree(server.folder, copy)
    restored(server, before)


def restored(server: RedisProcess, backup: Path) -> None:
    server.stop()
    shutil.rmtree(server.folder)
    shutil.copytree(backup, server.folder)
    server.restart()


@pytest.fixture
def at(own_redis: RedisProcess) -> Iterator[Office]:
    with office(own_redis.url) as running:
        yield running


def looked() -> bool:
    return asyncio.run(look(replies.room()))


def heard(at: Office, words: str) -> list[str]:
    return [each.plain for each in at.workspace.bob.sees() if words in each.plain]


def lose(at: Office, server: RedisProcess, folder: Path) -> Path:
    """Redis forgets an approval that its card shows; where a copy is that has it."""
    at.workspace.rita.types("/regclean rm prod/app:1 --reason old")
    at.plans(at.only_request(), PLAN)
    at.settle()
    copy = folder / "copy"
    with as_before(server, copy):
        at.workspace.ada.clicks(at.card(at.only_request()), "Approve")
        at.settle()
        assert at.only_request().state is State.APPROVED
        assert not looked()
    assert at.only_request().state is State.PENDING
    return copy


def test_what_redis_has_is_no_reason_to_halt(at: Office) -> None:
    assert not looked()
    request = at.approved(PLAN)
    at.starts(request)
    at.ends(request, State.DONE)
    at.settle()
    assert not looked()
    (mark,) = [Mark.read({"metadata": each.metadata}) for each in at.workspace.bob.sees() if each.metadata]
    assert mark
    assert Anchor(sequence=mark.sequence, hash=mark.hash) == anchors(at.store)[-1]


def test_a_chain_that_is_behind_a_card_halts_everything_and_people_are_told_once(
    at: Office, own_redis: RedisProcess, tmp_path: Path
) -> None:
    lose(at, own_redis, tmp_path)
    assert looked()
    assert looked()
    halted = at.store.anchors.halted()
    assert halted
    assert GONE in halted.why
    assert at.only_request().id in halted.why
    sentences.check_text(halted.why)
    (said,) = heard(at, GONE)
    assert said.startswith("🚨 Nothing more is removed or collected.")
    assert ADA in said or "@" in said


def test_what_goes_on_beyond_the_loss_is_not_taken_for_the_same_chain(
    at: Office, own_redis: RedisProcess, tmp_path: Path
) -> None:
    lose(at, own_redis, tmp_path)
    request = at.only_request()
    for number in range(20):
        at.store.ledger.tell(request.id, [Event.of(Happened.WAITING, why=str(number))])
    assert looked()


def test_a_redis_that_is_restored_goes_on_and_people_are_told(
    at: Office, own_redis: RedisProcess, tmp_path: Path
) -> None:
    copy = lose(at, own_redis, tmp_path)
    assert looked()
    restored(own_redis, copy)
    at.store.anchors.halt("It was lost.", utc_now())
    assert not looked()
    assert at.store.anchors.halted() is None
    assert len(heard(at, "removing and collecting goes on")) == 1
    assert not looked()
    assert len(heard(at, "removing and collecting goes on")) == 1


def test_a_loss_that_somebody_accepts_is_no_longer_a_reason(
    at: Office, own_redis: RedisProcess, tmp_path: Path
) -> None:
    lose(at, own_redis, tmp_path)
    assert looked()
    with Crew(tmp_path / "crew", document(NOWHERE), own_redis.url) as crew:
        said = subprocess.run([*CLI, "audit", "accept"], env=crew.environment, capture_output=True, check=True).stdout
    assert b"within a minute" in said
    assert not looked()
    assert at.store.anchors.halted() is None
    at.workspace.rita.types("/regclean rm prod/app:2 --reason old")
    newest = at.requests()[0]
    at.plans(newest, PLAN)
    at.settle()
    assert not looked()


def test_an_empty_redis_under_an_old_channel_halts(at: Office, own_redis: RedisProcess) -> None:
    at.approved(PLAN)
    at.store.redis.flushall()
    assert looked()


def test_a_channel_that_cannot_be_read_is_said_and_halts_nothing(redis_url: str) -> None:
    with office(redis_url, scopes=DEFAULT_SCOPES - {"channels:history"}) as at:
        at.workspace.rita.types("/regclean rm prod/app:1 --reason old")
        with capture_logs() as logged:
            assert not looked()
    assert [line["event"] for line in logged if line["log_level"] == "warning"] == ["anchors.hidden"]


def test_replies_look_when_they_start(at: Office, own_redis: RedisProcess, tmp_path: Path) -> None:
    lose(at, own_redis, tmp_path)
    with watching(replies.room()):
        eventually(lambda: at.store.anchors.halted() is not None, 20)
        eventually(lambda: bool(heard(at, GONE)), 20)


@pytest.fixture
def bench(sample_registry: RegistryProcess, redis_url: str) -> Bench:
    return Bench(config(settings(sample_registry, concurrency=1)), redis_url)


def test_nothing_is_begun_while_work_is_halted(bench: Bench, sample_registry: RegistryProcess) -> None:
    request_id = bench.planned("demo/nginx:1.26")
    bench.approve(request_id)
    bench.store.anchors.halt("Redis lost something.", utc_now())
    for _ in range(3):
        assert bench.work(request_id).state is State.APPROVED
    assert bench.request(request_id).note == "Waiting: Redis lost something."
    assert bench.story(request_id) == ["opened", "planned", "approved", "waiting"]
    bench.store.anchors.lift()
    assert bench.work(request_id).state is State.DONE
    with Remote(sample_registry.url) as remote:
        assert "1.26" not in remote.tags("demo/nginx")


def test_no_step_is_begun_once_work_is_halted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from workers.store.journal import Journal

    request_id = bench.planned("library/busybox:1.36.1", "library/busybox:1.35.0", "demo/nginx:1.26")
    bench.approve(request_id)
    recorded = Journal.record
    lock = threading.Lock()

    def halting(self: Journal, *given: object) -> None:
        recorded(self, *given)  # type: ignore[arg-type]
        with lock:
            bench.store.anchors.halt("Redis lost something.", utc_now())

    monkeypatch.setattr(Journal, "record", halting)
    assert bench.work(request_id).state is State.RUNNING
    assert len(bench.results(request_id)) < len(bench.steps(request_id))
    monkeypatch.undo()
    bench.store.anchors.lift()
    assert bench.work(request_id).state is State.DONE


def test_what_was_opened_is_anchored_only_once_it_is_shown(store: Store) -> None:
    opened(store)
    assert not store.redis.exists(keys.ANCHOR)
