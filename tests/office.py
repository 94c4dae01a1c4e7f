"""The bot between a workspace and Redis, all real; tests act as people, and play the workers."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import httpx
from redis.client import Pipeline

from bot import replies
from bot.app import Running, running
from bot.settings import BotSettings
from bot.slack.access import Access
from bot.slack.pacer import RATES, Rate
from demo.workspace import RunningWorkspace, Seen, WorkspaceSettings, running_workspace
from demo.workspace.content import ADA, BEN, REGISTRY_CLEAN
from demo.workspace.settings import DEFAULT_SCOPES, Rates, Shortcut
from tests.contract.bolt_apps import LoopThread
from tests.samples import KEYS
from workers.config import Config, Secret
from workers.core.audit import Event, Happened
from workers.core.outcome import Outcome
from workers.core.plan import Plan
from workers.core.request import Request, State
from workers.core.rules import Denial
from workers.store import collected
from workers.store.connection import WORKER, connect
from workers.store.ledger import Change, Telling
from workers.store.queues import ListedJob
from workers.store.store import Store
from workers.store.tasks import REPLIES

SHORTCUT: Final = Shortcut(callback_id="clean_these_images", name="Clean these images")
GENEROUS: Final = Rates(per_minute={1: 1000, 2: 1000, 3: 1000, 4: 1000}, posts_per_second=1000, post_burst=1000)
FAST: Final = dict.fromkeys(RATES, Rate(burst=1000, per_minute=60_000))
_GC: Final = {
    "runner": "command",
    "read_only_on": [["true"]],
    "read_only_off": [["true"]],
    "dry_run": ["registry", "garbage-collect", "--dry-run", "c.yml"],
    "collect": ["registry", "garbage-collect", "c.yml"],
}


def configuration(**changes: Any) -> Config:
    """Two registries: prod, which can be collected, and staging, which cannot."""
    registries = [
        {"name": "prod", "url": "https://registry.example.com", "gc": _GC},
        {"name": "staging", "url": "https://staging.example.com:5000"},
    ]
    given: dict[str, Any] = {
        "registries": registries,
        "approvals": {"approvers": [ADA, BEN]},
        "channels": {"default": REGISTRY_CLEAN},
    }
    return Config.model_validate(given | changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    workspace: RunningWorkspace
    store: Store
    config: Config
    bot: Running
    settings: BotSettings

    def settle(self) -> None:
        """Run the reply jobs until none is left, as a consumer of their queue does."""
        queue = self.store.queues.queue(REPLIES)
        while job_ids := queue.job_ids:
            for job_id in job_ids:
                self._run(job_id)

    def _run(self, job_id: str) -> None:
        queue = self.store.queues.queue(REPLIES)
        job = ListedJob.fetch(job_id, connection=self.store.redis, serializer=self.store.queues.serializer)
        queue.remove(job)
        job.func(*job.args)

    def only_request(self) -> Request:
        (found,) = self.requests()
        return found

    def requests(self) -> Sequence[Request]:
        """Newest first."""
        return [self.store.ledger.load(each) for each in self.store.ledger.recent_ids(100)]

    def plans(self, request: Request, plan: Plan) -> Request:
        """What the planner does in the end."""

        def decide(asked: Request) -> Change:
            until = self.store.clock() + timedelta(days=1)
            told = Event.of(
                Happened.PLANNED,
                fingerprint=plan.fingerprint,
                steps=len(plan.steps),
                frees=plan.frees,
                exact=plan.exact,
            )
            return Change(request=asked.planned(plan, until), events=[told], plan=plan)

        return self._change(request, decide)

    def approved(self, plan: Plan) -> Request:
        """A removal that Rita asked for, that was planned like this, and that Ada approved on its card."""
        self.workspace.rita.types("/regclean rm prod/app:1 prod/team/app:2 --reason old")
        request = self.plans(self.only_request(), plan)
        self.settle()
        self.workspace.ada.clicks(self.card(request), "Approve")
        self.settle()
        return self.store.ledger.load(request.id)

    def refuses(self, request: Request, why: str) -> Request:
        now = self.store.clock()
        told = Event.of(Happened.REFUSED, why=why)
        return self._change(request, lambda asked: Change(request=asked.refused(why, now), events=[told]))

    def starts(self, request: Request) -> Request:
        told = Event.of(Happened.STARTED, attempt=1)
        return self._change(request, lambda asked: Change(request=asked.started(), events=[told]))

    def steps(self, request: Request, outcomes: Sequence[Outcome]) -> Request:
        """What the executor does step by step."""
        plan = self.store.ledger.plan(request.id)
        for outcome in outcomes:
            step = plan.steps[outcome.step]
            told = Event.of(
                Happened.STEP,
                step=outcome.step,
                verb=step.verb.value,
                reference=f"{step.repository}:{step.tags[0]}" if step.tags else str(step.repository),
                digest=str(step.digest),
                result=outcome.result.value,
                why=outcome.why,
            )
            self.store.journal.record(request.id, [outcome], [told])
        tally = self.store.journal.tally(request.id)
        return self._change(request, lambda asked: Change(request=asked.progressed(tally)))

    def ends(self, request: Request, state: State, note: str = "", freed: int | None = None) -> Request:
        tally = self.store.journal.tally(request.id)
        told = Event.of(
            Happened(state.value), done=tally.done, skipped=tally.skipped, failed=tally.failed, freed=freed, why=note
        )
        now = self.store.clock()
        return self._change(request, lambda asked: Change(request=asked.ended(state, now, note, freed), events=[told]))

    def collects(self, request: Request) -> Request:
        """What the worker does once the collector ended well, from there to the end."""
        now = self.store.clock()
        done = Telling(
            [Event.of(Happened.COLLECTED, blobs=1, size=99, freed=99)], partial(self._collected, request, now)
        )
        self.store.ledger.tell_of(request.id, lambda _: done)
        for removal in self.store.collected.untold(request):
            self.store.ledger.tell(removal, [Event.of(Happened.COLLECTED, by=request.id)])
            self.store.collected.told(request.registry, removal)
        return self.ends(request, State.DONE, freed=99)

    @staticmethod
    def _collected(request: Request, now: datetime, pipe: Pipeline) -> None:
        collected.collected(pipe, request, now)

    def invited_to(self, channel: str) -> None:
        """Somebody types /invite; the workspace has no page for that, so the app lets itself in."""
        headers = {"Authorization": f"Bearer {self.workspace.bot_token}"}
        url = f"{self.workspace.api_url}conversations.join"
        assert httpx.post(url, data={"channel": channel}, headers=headers, trust_env=False).json()["ok"]

    def changes(self, request: Request, change: Callable[[Request], Request]) -> Request:
        """Anything else, for tests that need a request in an odd state."""
        return self._change(request, lambda asked: Change(request=change(asked)))

    def _change(self, request: Request, decide: Any) -> Request:
        changed = self.store.ledger.change(request.id, decide)
        assert not isinstance(changed, Denial), changed
        return changed

    def card(self, request: Request) -> Seen:
        """The card as everybody in its channel sees it."""
        found = [each for each in self.workspace.bob.sees() if is_card_of(each, request)]
        assert len(found) == 1, found
        return found[0]


def is_card_of(message: Seen, request: Request) -> bool:
    payload = (message.metadata or {}).get("event_payload", {})
    return message.bot and not message.is_ephemeral and payload.get("request") == request.id


@contextmanager
def office(
    redis_url: str,
    *,
    mode: str = "socket",
    config: Config | None = None,
    rates: Rates = GENEROUS,
    patience: float = 20,
    scopes: frozenset[str] = DEFAULT_SCOPES,
) -> Iterator[Office]:
    """Everything at work while the block runs; replies only when the test says `settle`."""
    settings = WorkspaceSettings(
        mode="http" if mode == "http" else "socket",
        message_shortcuts=(SHORTCUT,),
        rates=rates,
        scopes=scopes | {"channels:join"},
    )
    config = config or configuration()
    with running_workspace(settings) as workspace, closing(connect(redis_url, WORKER)) as redis:
        bot_settings = settings_for(workspace, redis_url, mode)
        store = Store.open(redis, KEYS)
        replies.use(
            replies.Room(store=store, config=config, access=Access.of(bot_settings, config), rates=FAST, longest=3)
        )
        with at_work(bot_settings, config, patience) as bot:
            if mode == "http":
                workspace.set_request_url(f"http://127.0.0.1:{bot.port}/slack/events")
            yield Office(workspace=workspace, store=store, config=config, bot=bot, settings=bot_settings)


def settings_for(workspace: RunningWorkspace, redis_url: str, mode: str) -> BotSettings:
    sockets = mode == "socket"
    return BotSettings(
        bot_token=Secret(workspace.bot_token),
        app_token=Secret(workspace.app_token) if sockets else None,
        signing_secret=None if sockets else Secret(workspace.signing_secret),
        redis_url=Secret(redis_url),
        keys=KEYS,
        api_url=workspace.api_url,
        host="127.0.0.1",
        port=0,
        allow_volatile=True,  # most tests share a Redis that writes nothing to disk
    )


@contextmanager
def at_work(settings: BotSettings, config: Config, patience: float = 20) -> Iterator[Running]:
    """A bot on an event loop in a thread of its own, ready when the block starts, or TimeoutError."""
    loop, stack = LoopThread(), AsyncExitStack()
    try:
        starting = stack.enter_async_context(running(settings, config))
        yield loop.run(asyncio.wait_for(starting, patience))
    finally:
        loop.run(stack.aclose())
        loop.close()
