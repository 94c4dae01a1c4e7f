"""Several processes at once: one card, within Slack's rates, and settings that come from the environment."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from bot import replies
from bot.replies import turnstile
from bot.slack.pacer import RATES
from demo.workspace.content import ADA, REGISTRY_CLEAN
from demo.workspace.settings import Rates
from tests.office import Office, office
from tests.samples import PLAN
from workers.core.outcome import Outcome, Result
from workers.core.request import Request, State
from workers.store.consumer import consume
from workers.store.tasks import FUNCTIONS, REPLIES


def planned(at: Office, number: int = 0) -> Request:
    at.workspace.rita.types(f"/regclean rm prod/app:{number} --reason old")
    return at.plans(at.requests()[0], PLAN)


def test_many_shows_at_once_post_one_card(at_office: Office) -> None:
    request = planned(at_office)
    line = threading.Barrier(6)

    def show(_: int) -> None:
        line.wait(timeout=10)
        replies.show(request.id)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(show, range(6)))
    card = at_office.card(request)
    assert len(at_office.workspace.bob.thread(card)[1:]) == 1
    assert at_office.store.cards.behind() == ()


def test_the_work_is_left_to_whoever_is_at_it(at_office: Office) -> None:
    request = planned(at_office)
    lock = at_office.store.redis.lock(f"rc:replying:{request.id}", timeout=30)
    assert lock.acquire(blocking=False)
    replies.show(request.id)
    assert at_office.workspace.bob.sees() == []
    lock.release()
    replies.show(request.id)
    assert "Approve" in at_office.card(request).buttons


def test_long_work_keeps_others_out(at_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turnstile, "_LIFE", 0.3)
    request = planned(at_office)
    at_office.workspace.trouble("chat.postMessage", delay=1.0, calls=1)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(replies.show, request.id)
        at_office.workspace.wait_for(lambda: at_office.store.redis.exists(f"rc:replying:{request.id}"))
        threading.Event().wait(0.6)
        threads.submit(replies.show, request.id).result()
        first.result()
    assert "Approve" in at_office.card(request).buttons


def test_who_stood_still_for_too_long_leaves_the_rest_to_whoever_took_over(at_office: Office) -> None:
    request = planned(at_office)
    at_office.workspace.trouble("chat.getPermalink", delay=1.5, calls=1)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(replies.show, request.id)
        at_office.workspace.wait_for(lambda: at_office.store.cards.load(request.id).ts)
        at_office.store.redis.delete(f"rc:replying:{request.id}")  # as it runs out for a process that is stopped
        replies.show(request.id)
        first.result()
    assert len(at_office.workspace.bob.thread(at_office.card(request))[1:]) == 1
    assert at_office.store.cards.behind() == ()


@pytest.fixture
def strict(redis_url: str) -> Iterator[Office]:
    """A workspace that keeps to Slack's own rates, and replies that keep to ours."""
    with office(redis_url, rates=Rates()) as running:
        room = replies.room()
        replies.use(replies.Room(store=room.store, config=room.config, access=room.access, rates=RATES))
        yield running


def test_together_they_stay_within_slacks_rates(strict: Office) -> None:
    requests = [planned(strict, number) for number in range(3)]
    strict.settle()
    for request in requests:
        strict.workspace.ada.clicks(strict.card(request), "Approve")
        strict.starts(request)
    for step in range(2):
        for request in requests:
            strict.steps(request, [Outcome(step=step, result=Result.DONE)])
        strict.settle()
    for request in requests:
        strict.ends(request, State.DONE)
    strict.settle()
    assert [call for call in strict.workspace.calls() if call["status"] == 429] == []
    assert strict.workspace.early_calls == []
    assert all("*Done*" in strict.card(request).plain for request in requests)
    assert strict.store.cards.behind() == ()


def test_a_real_consumer_runs_the_jobs_by_their_names(at_office: Office) -> None:
    request = planned(at_office)
    assert {"bot.replies.show", "bot.replies.answer"} <= FUNCTIONS
    consume(at_office.store.queues, REPLIES, fork=False).work(burst=True, logging_level=None)
    assert "Approve" in at_office.card(request).buttons
    assert at_office.store.queues.queue(REPLIES).failed_job_registry.count == 0


@pytest.fixture
def environment(at_office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """What a process finds when it starts, and no room yet."""
    file = tmp_path / "regclean.yaml"
    content = {
        "registries": [{"name": "prod", "url": "https://registry.example.com"}],
        "approvals": {"approvers": [ADA]},
        "channels": {"default": REGISTRY_CLEAN},
    }
    file.write_text(yaml.safe_dump(content))
    settings = at_office.settings
    monkeypatch.setenv("REGCLEAN_CONFIG", str(file))
    monkeypatch.setenv("SLACK_BOT_TOKEN", settings.bot_token.reveal())
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-x")
    monkeypatch.setenv("SLACK_API_URL", settings.api_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url.reveal())
    monkeypatch.setenv("REGCLEAN_SIGNING_KEY", settings.keys.keys[0].decode().ljust(32, "."))
    before = replies.room()
    replies.forget()
    yield at_office
    replies.use(before)


def test_the_room_is_opened_from_the_environment(environment: Office) -> None:
    request = planned(environment)
    replies.show(request.id)
    assert "<@U0ADA000001> can decide" in environment.card(request).plain
    assert replies.room() is replies.room()
    replies.room().store.redis.close()
